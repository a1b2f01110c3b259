import type { JsonObject } from '@sallyport/contracts';

/** The id of a JSON-RPC request. */
export type RpcId = string | number;

/** An error of JSON-RPC 2.0, section 5.1. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonObject;
}

/** A JSON-RPC answer, as text. `result` is JSON text and is spliced in as it is. */
export function resultText(id: RpcId, result: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
}

/** A JSON-RPC error, as text; the id is null where the request's could not be read. */
export function errorText(id: RpcId | null, { code, message, data }: RpcError): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    error: data === undefined ? { code, message } : { code, message, data },
  });
}

/** A notification, or a request where an id is given, as text. */
export function messageText(method: string, params: JsonObject, id?: RpcId): string {
  return JSON.stringify(id === undefined ? { jsonrpc: '2.0', method, params } : { jsonrpc: '2.0', id, method, params });
}
