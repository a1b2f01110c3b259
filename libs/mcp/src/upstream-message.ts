import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { type ExactNumber, isExactNumber, isObject, parseExact } from '@sallyport/base';

/** The id of a request of an upstream: its answer carries it as it was written. */
export type RequestId = string | number | ExactNumber;

export type Incoming =
  | { readonly kind: 'response'; readonly id: JsonValue }
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'garbage' };

/** Parses JSON text, numbers as they were written; undefined for text that is not JSON or not an object (JSON-RPC batches are refused with it). */
export function parseMessage(text: string): JsonObject | undefined {
  try {
    const value = parseExact(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Says which kind of JSON-RPC 2.0 message an object is. */
export function classify(message: JsonObject): Incoming {
  const { jsonrpc, id, method, params } = message;
  if (jsonrpc !== '2.0') return { kind: 'garbage' };
  if (typeof method !== 'string') {
    return 'result' in message || 'error' in message ? { kind: 'response', id: id ?? null } : { kind: 'garbage' };
  }
  const given = isObject(params) ? params : {};
  if (id === undefined) return { kind: 'notification', method, params: given };
  return isRequestId(id) ? { kind: 'request', id, method, params: given } : { kind: 'garbage' };
}

function isRequestId(id: JsonValue): id is RequestId {
  return typeof id === 'string' || typeof id === 'number' || isExactNumber(id);
}
