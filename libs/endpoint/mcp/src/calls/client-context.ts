import {
  type ClientContext,
  clientMethod,
  type JsonObject,
  type ServerMessage,
  serverRequest,
} from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { logLevels, messageText } from '@sallyport/mcp';
import { ClientRequestRefused } from '../protocol/pending-client-requests.ts';
import { progressTokenOf } from './call-request.ts';
import { logLevelOf } from '../protocol/request-era.ts';
import type { McpClient } from '../protocol/mcp-client.ts';
import type { McpRequest, ServingParts } from '../protocol/mcp-request.ts';

/** What a client offers while its call runs. Messages of other kinds than these go no further. */
export function clientContextOf(
  parts: ServingParts,
  { message, client, reply, subscription }: McpRequest,
): ClientContext {
  const progressToken = progressTokenOf(message);
  const { signal } = reply.controller;
  const { askMs: timeoutMs, stopping } = parts;

  function notify({ method, params }: ServerMessage): void {
    if (!reply.canStream || !isWanted(method, params, client, progressToken !== null)) return;
    reply.stream(messageText(method, params), true);
  }

  async function ask(question: ServerMessage, over: AbortSignal): Promise<JsonObject> {
    const capability = serverRequest(question.method)?.capability;
    if (capability === undefined || !isObject(client.capabilities[capability]) || client.asks === null) {
      throw new ClientRequestRefused('The client can’t be asked this.');
    }
    const send = (text: string) => reply.stream(text, false);
    return client.asks.ask(question, {
      send,
      signal: AbortSignal.any([signal, reply.gone, stopping, over]),
      timeoutMs,
    });
  }

  const logLevel = reply.canStream ? (logLevels[client.logging?.logLevel ?? -1] ?? null) : null;
  const comesBack = client.era === 'modern' && clientMethod(message.method)?.mayAsk === true;
  return {
    signal,
    progressToken,
    logLevel,
    notify,
    comesBack,
    ...(subscription && { listener: subscription.listener }),
    token: tokenOf(client),
    ask: client.asks !== null && reply.canStream ? ask : null,
  };
}

/** What the transport has verified. */
function tokenOf({ headers }: McpClient): string | null {
  return headers?.authorization?.replace(/^\S+ +/, '') ?? null;
}

function isWanted(method: string, params: JsonObject, client: McpClient, progress: boolean): boolean {
  if (method === 'notifications/progress') return progress;
  if (method !== 'notifications/message') return false;
  const level = logLevelOf(params['level']);
  return level !== null && client.logging !== null && level >= client.logging.logLevel;
}
