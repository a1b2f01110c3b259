import type { JsonObject, SendOptions, SentCall } from '@sallyport/contracts';
import { MODERN } from '@sallyport/mcp';
import type { ClientInfo } from '../managed-upstream.ts';

const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';

/** The text of a JSON-RPC request; `id` is ours and unique per upstream. */
export function requestText(id: number, method: string, params: JsonObject): string {
  return `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`;
}

/** The text of a JSON-RPC notification. */
export function notificationText(method: string, params: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

/** The `_meta` that every 2026-07-28 request carries, for requests that no client waits for: nobody can be asked. */
export function modernMeta(client: ClientInfo): JsonObject {
  return {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientInfo': { name: client.name, version: client.version },
    [CAPABILITIES]: client.extensions === undefined ? {} : { extensions: client.extensions },
  };
}

/**
 * The same for a call: with what its client can be asked, and the log messages that it wants; without a level in it a server
 * must send none.
 */
export function callMeta(meta: JsonObject, { capabilities, logLevel = null }: CallMeta): JsonObject {
  return {
    ...meta,
    [CAPABILITIES]: { ...(meta[CAPABILITIES] as JsonObject), ...capabilities },
    ...(logLevel !== null && { 'io.modelcontextprotocol/logLevel': logLevel }),
  };
}

type CallMeta = Pick<SendOptions, 'capabilities' | 'logLevel'>;

/**
 * `params` of a call. `progressToken` is ours, or null where the client wants no progress; `meta` is the era's
 * envelope. The trace context goes under the bare key that SEP-414 names.
 */
export function callParams(call: SentCall, meta: JsonObject | null, progressToken: string | null): JsonObject {
  const { responses, state } = call.input ?? {};
  const params: JsonObject = {
    ...ownParams(call),
    ...(responses !== undefined && { inputResponses: responses }),
    ...(state !== undefined && { requestState: state }),
  };
  if (meta === null && progressToken === null && call.traceparent === null) return params;
  const own: JsonObject = { ...meta };
  if (progressToken !== null) own['progressToken'] = progressToken;
  if (call.traceparent !== null) own['traceparent'] = call.traceparent;
  params['_meta'] = own;
  return params;
}

function ownParams({ action, target: { kind, name }, arguments: args }: SentCall): JsonObject {
  switch (action) {
    case 'tools/call':
    case 'prompts/get':
      return { name, arguments: args };
    case 'resources/read':
    case 'resources/subscribe':
      return { uri: name };
    case 'completion/complete':
      return { ref: kind === 'prompt' ? { type: 'ref/prompt', name } : { type: 'ref/resource', uri: name }, ...args };
  }
}
