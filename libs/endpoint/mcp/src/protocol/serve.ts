import { errorCodes, errorText, resultText, type RpcNotification, type RpcRequest } from '@sallyport/mcp';
import type { Fault } from './fault.ts';
import { callTool } from '../calls/tools-call.ts';
import { treatmentOf } from './method-table.ts';
import { listTools, ownAnswer } from './own-answers.ts';
import type { Peer, Reply, ServingParts } from './peer.ts';
import type { RequestStates } from '../calls/request-state.ts';
import { runningKey } from './sessions.ts';

export type ServeParts = ServingParts & { readonly states: RequestStates };

/**
 * Serves one request of either era over either transport, as the method table says. Never throws; a fault is recorded
 * before the client hears of it.
 */
export async function serve(parts: ServeParts, request: RpcRequest, peer: Peer, reply: Reply): Promise<void> {
  const key = peer.running === null ? '' : runningKey(request.id);
  if (peer.running?.has(key) === true) return turnDown(parts, { request, peer, reply }, duplicateId);
  peer.running?.set(key, reply.controller);
  try {
    const fault = await treat(parts, request, peer, reply);
    if (fault !== null) await turnDown(parts, { request, peer, reply }, fault);
  } catch (error) {
    parts.observer.incident('request_failed', error instanceof Error ? (error.stack ?? error.message) : String(error));
    reply.end(500, errorText(request.id, { code: errorCodes.internal, message: 'Internal error' }));
  } finally {
    peer.running?.delete(key);
  }
}

async function treat(parts: ServeParts, request: RpcRequest, peer: Peer, reply: Reply): Promise<Fault | null> {
  switch (treatmentOf(request.method, peer.era)) {
    case 'call':
      return callTool(parts, request, peer, reply);
    case 'list':
      return answer(request, reply, listTools(parts, request, peer));
    case 'answer':
      return answer(request, reply, ownAnswer(parts, request, peer));
    case 'refuse':
      return noSuchMethod(peer);
  }
}

function answer(request: RpcRequest, reply: Reply, result: string | Fault | null): Fault | null {
  if (typeof result !== 'string') return result ?? duplicateInitialize;
  reply.end(200, resultText(request.id, result));
  return null;
}

/** Records a request that was turned down, then says so. */
async function turnDown(
  { gateway }: ServeParts,
  { request, peer, reply }: { readonly request: RpcRequest; readonly peer: Peer; readonly reply: Reply },
  fault: Fault,
): Promise<void> {
  await gateway.refuse(peer.principal, fault.reason, peer.bytes);
  reply.end(fault.status, errorText(request.id, fault));
}

function noSuchMethod({ era }: Peer): Fault {
  const status = era === 'modern' ? 404 : 200;
  return { status, code: errorCodes.methodNotFound, message: 'Method not found', reason: 'method_refused' };
}

const duplicateId: Fault = {
  status: 400,
  code: errorCodes.invalidRequest,
  message: 'A request with this id is running.',
  reason: 'duplicate_id',
};

const duplicateInitialize: Fault = {
  status: 400,
  code: errorCodes.invalidRequest,
  message: 'The session is initialized.',
  reason: 'duplicate_initialize',
};

/** Takes a notification: a cancellation stops its request, the others need nothing of us. */
export function heed({ method, params }: RpcNotification, running: ReadonlyMap<string, AbortController>): void {
  if (method === 'notifications/cancelled') running.get(runningKey(params['requestId']))?.abort();
}
