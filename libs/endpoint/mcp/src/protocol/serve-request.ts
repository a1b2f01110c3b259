import { thrownStack } from '@sallyport/base';
import { clientMethod } from '@sallyport/contracts';
import { errorCodes, errorText, resultText, type RpcNotification } from '@sallyport/mcp';
import { fault, type Fault } from './fault.ts';
import { serveCall } from '../calls/serve-call.ts';
import { serveSubscribe } from '../calls/serve-subscribe.ts';
import { answerList } from './lists.ts';
import { ownAnswer } from './own-answers.ts';
import type { McpClient } from './mcp-client.ts';
import type { McpRequest, ServingParts } from './mcp-request.ts';
import type { RequestStates } from '../calls/request-state.ts';
import { subscribe } from './subscribe.ts';

export type ServeParts = ServingParts & { readonly states: RequestStates };

/**
 * Serves one request of either era over either transport, as the method table says. Never throws; a fault is recorded
 * before the client hears of it.
 */
export async function serve(parts: ServeParts, request: McpRequest): Promise<void> {
  const { message, client, reply } = request;
  if (client.running?.enter(message.id, reply.controller) === false) return turnDown(parts, request, duplicateId);
  try {
    const fault = await treat(parts, request);
    if (fault !== null) await turnDown(parts, request, fault);
  } catch (error) {
    parts.observer.incident('request_failed', thrownStack(error));
    reply.end(500, errorText(message.id, { code: errorCodes.internal, message: 'Internal error' }));
  } finally {
    client.running?.leave(message.id, reply.controller);
  }
}

async function treat(parts: ServeParts, request: McpRequest): Promise<Fault | null> {
  const { message, client } = request;
  switch (clientMethod(message.method)?.[client.era]) {
    case 'call':
      return message.method === 'resources/subscribe' ? serveSubscribe(parts, request) : serveCall(parts, request);
    case 'list':
      await parts.gateway.heard?.(client.upstream);
      return answer(request, answerList(parts, request));
    case 'answer':
      return answer(request, ownAnswer(parts, request));
    case 'subscribe':
      return subscribe(parts, request);
    case 'refuse':
    case undefined:
      return noSuchMethod(client);
  }
}

function answer({ message, reply }: McpRequest, result: string | Fault | null): Fault | null {
  if (typeof result !== 'string') return result ?? duplicateInitialize;
  reply.end(200, resultText(message.id, result));
  return null;
}

/** Records a request that was turned down, then says so. */
async function turnDown({ gateway }: ServeParts, { message, client, reply }: McpRequest, fault: Fault): Promise<void> {
  await gateway.refuse(client.principal, fault.reason, client.bytes);
  reply.end(fault.status, errorText(message.id, fault));
}

function noSuchMethod({ era }: McpClient): Fault {
  const status = era === 'modern' ? 404 : 200;
  return { status, code: errorCodes.methodNotFound, message: 'Method not found', reason: 'method_refused' };
}

const duplicateId = fault(400, 'duplicate_id', 'A request with this id is running.');
const duplicateInitialize = fault(400, 'duplicate_initialize', 'The session is initialized.');

/** Takes a notification: a cancellation stops its request, the others need nothing of us. */
export function handleNotification({ method, params }: RpcNotification, cancel: (id: unknown) => void): void {
  if (method === 'notifications/cancelled') cancel(params['requestId']);
}
