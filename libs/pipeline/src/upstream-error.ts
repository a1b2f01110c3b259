import type { Answer, Call, DecisionMeta, JsonObject, Outcome } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { lookFirst } from './refusals.ts';

/** JSON-RPC 2.0, section 5.1: the request itself was refused, so that nothing was run. Any other error may come later. */
const unread: ReadonlySet<number> = new Set([-32700, -32600, -32601, -32602]);
/** Codes of 2026-07-28 that speak of the hop between the upstream and us. */
const ofHop: ReadonlySet<number> = new Set([-32020, -32021, -32022]);
const URL_REQUIRED = -32042;
const INTERNAL = -32603;

/**
 * What the client reads of a JSON-RPC error: its code and its sanitized text, so that a model can correct itself.
 *
 * @param said the text as a failed result, sanitized; `elicitations` are addresses that may be shown
 */
export function upstreamError(
  call: Call,
  { code }: Extract<Outcome, { kind: 'error' }>,
  { said, elicitations }: { readonly said: JsonObject; readonly elicitations: readonly JsonObject[] },
): Answer {
  const advice = unread.has(code) || elicitations.length > 0 ? '' : ` ${lookFirst}`;
  const text = textOf(said) || `${call.upstream} answered with an error.`;
  const reference = `Reference ${call.callId}.`;
  const isHops = ofHop.has(code) || (code === URL_REQUIRED && elicitations.length === 0);
  return {
    kind: 'error',
    code: isHops ? INTERNAL : code,
    message: text.endsWith(reference) ? text : `${text}${advice} ${reference}`,
    elicitations: code === URL_REQUIRED ? elicitations : [],
    meta: { decision: 'allow', reason: 'upstream_error', id: call.callId },
  };
}

/**
 * The answer that a sanitized result makes. Where the sanitizers put a sentence of ours in its place, that is an error: only
 * results of tools can say that they failed.
 */
export function resultAnswer({ action }: Call, result: JsonObject, meta: DecisionMeta): Answer {
  if (action === 'tools/call' || result['isError'] !== true) return { kind: 'result', result, meta };
  return { kind: 'error', code: INTERNAL, message: textOf(result), elicitations: [], meta };
}

function textOf({ content }: JsonObject): string {
  const [block] = Array.isArray(content) ? content : [];
  return isObject(block) && typeof block['text'] === 'string' ? block['text'].trim() : '';
}
