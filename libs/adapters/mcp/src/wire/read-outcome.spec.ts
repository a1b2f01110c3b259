import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { classify, parseMessages } from '@sallyport/mcp';
import { outcomeOf, withoutAsks } from './read-outcome.ts';
import { readAnswer } from '../http/http-answer.ts';

/** Values that `String` throws on: a message that made us throw ended every program's calls, or was taken for not sent. */
const stubborn: readonly (readonly [string, string])[] = [
  ['an object without text', '{"toString":null,"valueOf":null}'],
  ['a list without end', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
];

function message(text: string): JsonObject {
  const [parsed] = parseMessages(text);
  if (parsed === undefined) throw new Error('not a message');
  return parsed;
}

describe.each(stubborn)('%s', (_, value) => {
  it('as the kind of a result is an answer that could not be read', () => {
    const answer = message(`{"jsonrpc":"2.0","id":1,"result":{"resultType":${value}}}`);
    expect(outcomeOf(answer, 1)).toMatchObject({ kind: 'failed', reason: 'upstream_garbage', sent: true });
  });

  it('as an error without an id is one as well', () => {
    const answer = message(`{"jsonrpc":"2.0","id":null,"error":{"code":${value},"message":${value}}}`);
    expect(outcomeOf(answer, 1)).toMatchObject({ kind: 'failed', reason: 'upstream_garbage', sent: true });
  });

  it('as the error of a refused request does not make it one that was never sent', () => {
    const body = `{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":${value}}}`;
    const reply = { kind: 'whole', status: 500, headers: {}, body } as const;
    expect(readAnswer(reply, 1)).toMatchObject({ kind: 'failed', reason: 'upstream_down', sent: true });
  });
});

it('what an error says is quoted in bounds', () => {
  const long: JsonValue = 'x'.repeat(10_000);
  const outcome = outcomeOf({ jsonrpc: '2.0', id: null, error: { code: -32700, message: long } }, 1);
  expect(outcome.kind === 'failed' && outcome.detail.length).toBeLessThan(400);
});

describe('numbers of upstreams', () => {
  const result = (text: string) => outcomeOf(message(`{"jsonrpc":"2.0","id":1,"result":{"v":${text}}}`), 1);

  it.each([
    '175928847299117063',
    '1.0',
    '-0',
    '1E2',
    '1e400',
    '0.1000000000000000055511151231257827',
    '[[9007199254740993]]',
  ])('%s keep their text', (text) =>
    expect(JSON.stringify(result(text))).toBe(`{"kind":"result","result":{"v":${text}}}`),
  );

  it('beyond 2^53 are no id of ours, and are told back in ours to the letter', () => {
    const wrong = message('{"jsonrpc":"2.0","id":1.00000000000000000001,"result":{}}');
    expect(outcomeOf(wrong, 1)).toMatchObject({ reason: 'upstream_wrong_id' });
    expect(outcomeOf(message('{"jsonrpc":"2.0","id":1.0,"result":{}}'), 1)).toMatchObject({ kind: 'result' });
    const asked = classify(message('{"jsonrpc":"2.0","id":175928847299117063,"method":"ping"}'));
    expect(JSON.stringify(asked)).toContain('"id":175928847299117063');
  });

  it('are codes of errors however they are written, and data of errors as they are', () => {
    const error = message('{"jsonrpc":"2.0","id":1,"error":{"code":-32000.0,"message":"no","data":[1.0]}}');
    expect(outcomeOf(error, 1)).toMatchObject({ kind: 'error', code: -32000 });
    expect(JSON.stringify(outcomeOf(error, 1))).toContain('"data":[1.0]');
    const endless = message('{"jsonrpc":"2.0","id":1,"error":{"code":1e400,"message":"no"}}');
    expect(outcomeOf(endless, 1)).toMatchObject({ kind: 'failed', reason: 'upstream_garbage', sent: true });
  });
});

describe('an answer that asks for input', () => {
  const answer = (result: JsonObject) => outcomeOf({ jsonrpc: '2.0', id: 1, result }, 1);
  const asking = (more: JsonObject) => answer({ resultType: 'input_required', ...more });

  it.each<[string, JsonObject]>([
    ['nothing', {}],
    ['no requests and no state', { inputRequests: {} }],
    ['a list', { inputRequests: [{ method: 'roots/list' }] }],
    ['a request without a method', { inputRequests: { a: { params: {} } } }],
    ['parameters that are a list', { inputRequests: { a: { method: 'roots/list', params: [] } } }],
    ['a state that is no text', { inputRequests: {}, requestState: 5 }],
  ])('can not be read when it has %s', (_, more) => {
    expect(asking(more)).toMatchObject({ kind: 'failed', reason: 'upstream_garbage', sent: true });
  });

  it('is a failure, with what it asks for', () => {
    const outcome = asking({ inputRequests: { a: { method: 'roots/list' } }, requestState: 's' });
    const asks = { requests: [['a', { method: 'roots/list', params: {} }]], state: 's' };
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'upstream_asked', sent: true, asks });
    expect(asking({ requestState: 's' })).toMatchObject({ asks: { requests: [], state: 's' } });
  });

  it('is nothing but a failure in a revision that has none', () => {
    expect(withoutAsks(asking({ requestState: 's' }))).not.toHaveProperty('asks');
    expect(withoutAsks(answer({}))).toEqual({ kind: 'result', result: {} });
  });
});
