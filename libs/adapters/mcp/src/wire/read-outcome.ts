import type { JsonObject, JsonValue, Outcome, UpstreamFailure } from '@sallyport/contracts';
import { isObject, numberOf } from '@sallyport/base';
import { ownId } from '@sallyport/mcp';

export type Failure = Extract<Outcome, { kind: 'failed' }>;

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
  if (ownId(message['id']) !== id) return wrongId(message);
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
  return failed(
    'upstream_garbage',
    true,
    `the answer is an interim result (${shortText(type)}), which is not supported`,
  );
}

function wrongId(message: JsonObject): Failure {
  const error = message['error'];
  // An error without an id means that the upstream could not read our request: that is no mix-up of answers.
  if ((message['id'] ?? null) === null && isObject(error)) {
    return failed(
      'upstream_garbage',
      true,
      `an error without an id: ${shortText(error['code'])} ${shortText(error['message'])}`,
    );
  }
  return failed('upstream_wrong_id', true, 'the answer carries an id that is not of this call');
}

/** A value of an upstream for a sentence of ours. Of objects only the kind: `String` may throw on one, or never end. */
export function shortText(value: JsonValue | undefined): string {
  return typeof value === 'object' ? typeof value : String(value).slice(0, 300);
}
