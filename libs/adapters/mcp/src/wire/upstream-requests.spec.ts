import type { ServerMessage } from '@sallyport/contracts';
import { questionsOf, StrayRequests } from './upstream-requests.ts';

const form: ServerMessage = { method: 'elicitation/create', params: {} };
const request = (method: string) => ({ jsonrpc: '2.0', id: 'a', method, params: {} });

describe('a request that belongs to no call', () => {
  it('is refused and logged once for each method, but for ping', () => {
    const logged: unknown[] = [];
    const strays = new StrayRequests((_level, _message, fields) => logged.push(fields));
    for (const method of ['elicitation/create', 'elicitation/create', 'roots/list'])
      expect(JSON.parse(strays.responseTo(request(method)) ?? '')).toMatchObject({ id: 'a', error: { code: -32601 } });
    expect(strays.responseTo(request('ping'))).toBe('{"jsonrpc":"2.0","id":"a","result":{}}');
    expect(logged).toEqual([{ method: 'elicitation/create' }, { method: 'roots/list' }]);
  });

  it('is left without an answer where it comes without end, and other messages are none', () => {
    const strays = new StrayRequests(() => undefined);
    const answers = Array.from({ length: 300 }, () => strays.responseTo(request('roots/list')));
    expect(answers.filter((answer) => answer !== null)).toHaveLength(256);
    expect(strays.responseTo(request('ping'))).not.toBeNull();
    expect(strays.responseTo({ jsonrpc: '2.0', id: 1, result: {} })).toBeNull();
    expect(strays.responseTo({ jsonrpc: '2.0', method: 'notifications/message' })).toBeNull();
  });
});

describe('a request during a call', () => {
  it('is refused where no client waits for the call, and answered with an error where asking fails', async () => {
    expect(await questionsOf({ ask: null }).answer(1, form)).toMatchObject({ id: 1, error: { code: -32601 } });
    const failing = questionsOf({ ask: () => Promise.reject(new Error('secret')) });
    expect(await failing.answer(1, form)).toEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32603, message: 'The client gave no answer.' },
    });
  });

  it('gets what it is told, under its own id', async () => {
    const told = questionsOf({ ask: () => Promise.resolve({ result: { action: 'decline' } }) });
    expect(await told.answer('x', form)).toEqual({ jsonrpc: '2.0', id: 'x', result: { action: 'decline' } });
  });

  it('is left without an answer where it comes without end', async () => {
    let asked = 0;
    const { answer } = questionsOf({ ask: () => Promise.resolve({ result: { asked: (asked += 1) } }) });
    for (let times = 0; times < 300; times += 1) await answer(times, form);
    expect(asked).toBe(256);
    expect(await answer(1, { method: 'ping', params: {} })).toMatchObject({ result: {} });
  });
});
