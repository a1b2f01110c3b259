import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import type { RpcId } from './print.ts';

export interface RpcRequest {
  readonly kind: 'request';
  readonly id: RpcId;
  readonly method: string;
  readonly params: JsonObject;
}

export interface RpcNotification {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: JsonObject;
}

export interface RpcResponse {
  readonly kind: 'response';
  readonly id: RpcId;
  /** Null where the other side answered an error. */
  readonly result: JsonObject | null;
  readonly error: { readonly code: number; readonly message: string } | null;
}

/** A text with more JSON values is refused before any is made: many small values cost far more time than their bytes. */
export const MOST_VALUES = 32_768;

export type RpcMessage = RpcRequest | RpcNotification | RpcResponse;

const noParams: JsonObject = Object.freeze({});

/**
 * Reads one JSON-RPC 2.0 message. Batches are no message: one body, one call. Many clients write null for what is not there, so
 * `params: null`, and a member of it that is null, are absent.
 *
 * @returns null for anything that is not exactly a request, a notification or a response
 */
export function readMessage(value: JsonValue): RpcMessage | null {
  if (!isObject(value) || value['jsonrpc'] !== '2.0') return null;
  return value['method'] === undefined ? readResponse(value) : readAsked(value);
}

/** A request or a notification; what has a result as well is neither. */
function readAsked(value: JsonObject): RpcRequest | RpcNotification | null {
  const { id, method } = value;
  const params = withoutNulls(value['params'] ?? noParams);
  if (typeof method !== 'string' || !isObject(params) || 'result' in value || 'error' in value) return null;
  if (id === undefined) return { kind: 'notification', method, params };
  return isRpcId(id) ? { kind: 'request', id, method, params } : null;
}

function withoutNulls(params: JsonValue): JsonValue {
  if (!isObject(params) || !Object.values(params).includes(null)) return params;
  return Object.fromEntries(Object.entries(params).filter(([, member]) => member !== null));
}

function readResponse({ id, result, error, params }: JsonObject): RpcResponse | null {
  if (!isRpcId(id) || params !== undefined) return null;
  if (isObject(result) && error === undefined) return { kind: 'response', id, result, error: null };
  if (!isObject(error) || result !== undefined) return null;
  const { code, message } = error;
  if (typeof code !== 'number' || typeof message !== 'string') return null;
  return { kind: 'response', id, result: null, error: { code, message } };
}

/** Says whether a value can be the id of a request. */
export function isRpcId(value: unknown): value is RpcId {
  if (typeof value === 'string') return value.length <= 256;
  return Number.isSafeInteger(value);
}
