import type { CallAction, JsonObject, Outcome } from '@sallyport/contracts';
import { readableResult } from './readable-result.ts';

const outcomeOf = (result: JsonObject): Outcome => ({ kind: 'result', result });

test.each<[CallAction, JsonObject, string]>([
  ['prompts/get', {}, 'messages'],
  ['prompts/get', { messages: { role: 'user' } }, 'messages'],
  ['resources/read', { content: [] }, 'contents'],
  ['completion/complete', { values: [] }, 'completion.values'],
  ['completion/complete', { completion: { values: 'a' } }, 'completion.values'],
])('a result of %s without what it needs can’t be read: %j', (action, result, member) => {
  const detail = `a result of ${action} without ${member}`;
  expect(readableResult(action, outcomeOf(result))).toEqual({
    ...{ kind: 'failed', reason: 'upstream_garbage', sent: true, detail },
  });
});

test.each<[CallAction, JsonObject]>([
  ['tools/call', {}],
  ['prompts/get', { messages: [] }],
  ['resources/read', { contents: [] }],
  ['completion/complete', { completion: { values: [] } }],
])('any other one passes: %s %j', (action, result) => {
  const outcome = outcomeOf(result);
  expect(readableResult(action, outcome)).toBe(outcome);
});

test('what is no result passes', () => {
  const outcome: Outcome = { kind: 'error', code: -32002, message: 'not found' };
  expect(readableResult('resources/read', outcome)).toBe(outcome);
});
