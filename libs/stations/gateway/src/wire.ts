import type { JsonObject } from '@sallyport/contracts';

/** The id of a JSON-RPC request. */
export type RpcId = string | number;

/** Why a request is not served: what goes on the wire, and the code under which it is recorded. */
export interface Fault {
  /** Of HTTP. */
  readonly status: number;
  /** Of JSON-RPC. */
  readonly code: number;
  readonly message: string;
  readonly data?: JsonObject;
  /** snake_case, for the record. */
  readonly reason: string;
}

/** A JSON-RPC answer, as text. `result` is JSON text and is spliced in as it is. */
export function resultText(id: RpcId, result: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`;
}

/** A JSON-RPC error, as text; the id is null where the request's could not be read. */
export function errorText(id: RpcId | null, { code, message, data }: Pick<Fault, 'code' | 'message' | 'data'>): string {
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
