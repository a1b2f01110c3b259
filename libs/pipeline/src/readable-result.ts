import type { CallAction, JsonObject, Outcome } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

/** What a result can't be read without. A tool's needs nothing: what it has becomes its content. */
const required: Readonly<Record<CallAction, { readonly member: string; has(result: JsonObject): boolean }>> = {
  'tools/call': { member: 'content', has: () => true },
  'prompts/get': { member: 'messages', has: ({ messages }) => Array.isArray(messages) },
  'resources/read': { member: 'contents', has: ({ contents }) => Array.isArray(contents) },
  'resources/subscribe': { member: 'anything', has: () => true },
  'completion/complete': {
    member: 'completion.values',
    has: ({ completion }) => isObject(completion) && Array.isArray(completion['values']),
  },
};

/** The outcome of a call; `upstream_garbage` where its result has not what a result of its method must have. */
export function readableResult(action: CallAction, outcome: Outcome): Outcome {
  if (outcome.kind !== 'result') return outcome;
  const { member, has } = required[action];
  if (has(outcome.result)) return outcome;
  return { kind: 'failed', reason: 'upstream_garbage', sent: true, detail: `a result of ${action} without ${member}` };
}
