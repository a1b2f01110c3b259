import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { type ExactNumber, isExactNumber, isObject, numberOf, parseExact } from '@sallyport/base';

/** The id of a request of an upstream: its answer carries it as it was written. */
export type RequestId = string | number | ExactNumber;

export type Incoming =
  | { readonly kind: 'response'; readonly id: JsonValue }
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'garbage' };

const BOM = '\ufeff';

/**
 * Parses JSON text, numbers as they were written. A byte order mark before it is skipped (RFC 8259, 8.1).
 *
 * @returns the message, those of a batch (2025-03-26), or none for text that is not JSON or holds no object
 */
export function parseMessages(text: string): readonly JsonObject[] {
  try {
    const value = parseExact(text.startsWith(BOM) ? text.slice(1) : text);
    return (Array.isArray(value) ? value : [value]).filter((item) => isObject(item));
  } catch {
    return [];
  }
}

/** The answer among the messages of a text: the one with our id, or else the first that is no request of the upstream. */
export function answerAmong(messages: readonly JsonObject[], id: number): JsonObject | undefined {
  const answers = messages.filter((message) => !('method' in message));
  return answers.find((message) => ownId(message['id']) === id) ?? answers[0];
}

/** The number of an id of ours, which some servers hand back as text; undefined for anything else. */
export function ownId(id: JsonValue | undefined): number | undefined {
  return typeof id === 'string' && /^[1-9]\d{0,14}$/.test(id) ? Number(id) : numberOf(id);
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
