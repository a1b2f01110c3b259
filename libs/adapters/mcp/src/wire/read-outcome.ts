import type {
  InputRequired,
  JsonObject,
  JsonValue,
  Outcome,
  ServerMessage,
  UpstreamFailure,
} from '@sallyport/contracts';
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
 * is a failure: `input_required` is `upstream_asked`, with what it asks for.
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
  const asks = type === 'input_required' ? inputRequired(result) : null;
  if (asks !== null) return { ...failed('upstream_asked', true, 'the answer asks something of the client'), asks };
  return failed(
    'upstream_garbage',
    true,
    `the answer is an interim result (${shortText(type)}), which is not supported`,
  );
}

/** Null for what is no `InputRequiredResult`: it has requests, or a state, or both. */
function inputRequired({ inputRequests, requestState }: JsonObject): InputRequired | null {
  const requests = inputRequests === undefined ? [] : requestsIn(inputRequests);
  if (requests === null || (requestState !== undefined && typeof requestState !== 'string')) return null;
  if (requestState === undefined) return requests.length === 0 ? null : { requests };
  return { requests, state: requestState };
}

function requestsIn(given: JsonValue): InputRequired['requests'] | null {
  if (!isObject(given)) return null;
  const requests = Object.entries(given).flatMap(([name, request]): (readonly [string, ServerMessage])[] => {
    if (!isObject(request) || typeof request['method'] !== 'string') return [];
    const params = request['params'] ?? {};
    return isObject(params) ? [[name, { method: request['method'], params }]] : [];
  });
  return requests.length === Object.keys(given).length ? requests : null;
}

/** A call that goes on is nothing that an upstream of such a revision knows: it would run the tool a second time. */
export const notContinued = failed('upstream_down', false, 'the upstream speaks an earlier revision now');

/** Sessions of such servers are opened before it is known whose calls they are for. */
export const notExchanged = failed(
  'upstream_down',
  false,
  'tokens of callers do not go with servers of HTTP+SSE (2024-11-05): use `client_credentials`',
);

/** An outcome of an upstream of a revision that has no such answers: what it asks for is not listened to. */
export function withoutAsks(outcome: Outcome): Outcome {
  if (outcome.kind !== 'failed' || outcome.asks === undefined) return outcome;
  return failed(outcome.reason, outcome.sent, outcome.detail);
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
