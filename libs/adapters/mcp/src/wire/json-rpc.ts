import type { JsonObject, JsonValue, Outcome, UpstreamFailure } from '@sallyport/contracts';
import { type ExactNumber, isExactNumber, isObject, numberOf, parseExact } from '@sallyport/strict-json';

export const MODERN_VERSION = '2026-07-28';
/** The legacy revision that we offer first, and those that we accept in its place. */
export const LEGACY_VERSION = '2025-11-25';
const LEGACY_VERSIONS: ReadonlySet<unknown> = new Set([LEGACY_VERSION, '2025-06-18', '2025-03-26', '2024-11-05']);

export const METHOD_NOT_FOUND = -32601;
export const INTERNAL_ERROR = -32603;
/** `UnsupportedProtocolVersion` of 2026-07-28. */
export const UNSUPPORTED_VERSION = -32022;

export type Failure = Extract<Outcome, { kind: 'failed' }>;

/** The id of a request of an upstream: its answer carries it as it was written. */
export type RequestId = string | number | ExactNumber;

export type Incoming =
  | { readonly kind: 'response'; readonly id: JsonValue }
  | { readonly kind: 'request'; readonly id: RequestId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'garbage' };

/** True for the legacy revisions that we speak. */
export function isLegacyVersion(version: unknown): version is string {
  return LEGACY_VERSIONS.has(version);
}

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

/** A failure as data. */
export function failed(reason: UpstreamFailure, sent: boolean, detail: string): Failure {
  return { kind: 'failed', reason, sent, detail };
}

/**
 * Reads the answer to a request of ours. A response with another id is `upstream_wrong_id`; anything that is neither
 * a result object nor an error is `upstream_garbage`. An interim result (`resultType` other than `complete`)
 * is refused: `input_required` is `upstream_asked`.
 */
export function outcomeOf(message: JsonObject, id: number): Outcome {
  if (message['jsonrpc'] !== '2.0') return failed('upstream_garbage', true, 'the answer is not a JSON-RPC 2.0 message');
  if (numberOf(message['id']) !== id) return wrongId(message);
  const { result, error } = message;
  if (isObject(result)) return resultOf(result);
  const code = isObject(error) ? numberOf(error['code']) : undefined;
  if (isObject(error) && code !== undefined) {
    const text = typeof error['message'] === 'string' ? error['message'] : '';
    const data = error['data'];
    return { kind: 'error', code, message: text, ...(data === undefined ? {} : { data }) };
  }
  return failed('upstream_garbage', true, 'the answer has neither a result nor an error');
}

function resultOf(result: JsonObject): Outcome {
  const type = result['resultType'];
  if (type === undefined || type === 'complete') return { kind: 'result', result };
  // What it asks of the client stands in the answer itself, and is not passed on.
  if (type === 'input_required') return failed('upstream_asked', true, 'the answer asks something of the client');
  return failed('upstream_garbage', true, `the answer is an interim result (${briefly(type)}), which is not supported`);
}

function wrongId(message: JsonObject): Failure {
  const error = message['error'];
  // An error without an id means that the upstream could not read our request: that is no mix-up of answers.
  if ((message['id'] ?? null) === null && isObject(error)) {
    return failed(
      'upstream_garbage',
      true,
      `an error without an id: ${briefly(error['code'])} ${briefly(error['message'])}`,
    );
  }
  return failed('upstream_wrong_id', true, 'the answer carries an id that is not of this call');
}

/** A value of an upstream for a sentence of ours. Of objects only the kind: `String` may throw on one, or never end. */
export function briefly(value: JsonValue | undefined): string {
  return typeof value === 'object' ? typeof value : String(value).slice(0, 300);
}
