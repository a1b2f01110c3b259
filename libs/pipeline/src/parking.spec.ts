import { jest } from '@jest/globals';
import type { Answer, ClientContext, Outcome, SendOptions, ServerMessage } from '@sallyport/contracts';
import { build, done, form, modern, request, suspendedIn, textOf, yes } from '../test/two-gateways.ts';
import { runCall, continueCall } from './run-call.ts';

/** An upstream of before 2026-07-28: it asks so often while it runs, and says what it heard. */
const asking =
  (times: number, ...messages: readonly ServerMessage[]) =>
  async ({ ask }: SendOptions): Promise<Outcome> => {
    const heard: unknown[] = [];
    for (let time = 0; time < times; time += 1)
      heard.push(await Promise.all((messages.length > 0 ? messages : [form()]).map((message) => ask?.(message))));
    return { kind: 'result', result: { heard: JSON.stringify(heard) } };
  };
const heardBy = (answer: Answer | null): unknown =>
  answer?.kind === 'result' ? JSON.parse(String(answer.result['heard'])) : answer;
const names = (answer: Answer | null): string[] =>
  answer?.kind === 'input_required' ? Object.keys(answer.requests) : [];

describe('a call whose upstream waits for a client that comes back', () => {
  it('is not parked where nothing is granted: the upstream hears so at once', async () => {
    const { one, story } = build({ outcomes: [asking(1)], grants: undefined });
    const open = jest.spyOn(one.parking, 'open');
    expect(JSON.stringify(heardBy(await runCall(one, request, modern)))).toContain('-32601');
    expect(open).not.toHaveBeenCalled();
    expect(await story()).toEqual(['call.decided allowed', 'client_request.decided not_granted', 'call.completed']);
  });

  it('is one call: the client is told what is on record, and its answer goes to the upstream that waits', async () => {
    const { one, sent, story, ended } = build({ outcomes: [asking(1)] });
    const first = await runCall(one, request, modern);
    expect(names(first)).toEqual(['request-1']);
    expect(JSON.stringify(first)).toContain('orders asks you');
    expect(await story()).toEqual(['call.decided allowed', 'client_request.decided granted']);
    const back = { request, suspended: suspendedIn(first), responses: { 'request-1': { ...yes, more: 1 } } };
    expect(heardBy(await continueCall(one, back, modern))).toEqual([[{ result: yes }]]);
    expect([sent.length, ended.length]).toEqual([1, 1]);
    expect(await story()).toEqual([
      'call.decided allowed',
      'client_request.decided granted',
      'client_request.answered accepted',
      'call.completed',
    ]);
    expect(textOf(await continueCall(one, back, modern))).toContain('No call waits for these answers any more');
  });

  it('has all that its client came with: its token, too, where one is had in exchange for it', async () => {
    const seen: SendOptions[] = [];
    const { one } = build({
      outcomes: [async (options) => (seen.push(options), { kind: 'result', result: {} })],
    });
    const came = { token: 'token-of-ann', progressToken: 7, logLevel: 'info' };
    await runCall(one, request, { ...modern, ...came });
    expect(seen).toMatchObject([{ callerToken: 'token-of-ann', progressToken: 7, logLevel: 'info' }]);
  });

  it('goes on in rounds, each answered once', async () => {
    const { one, sent } = build({ outcomes: [asking(3)] });
    let answer: Answer | null = await runCall(one, request, modern);
    const first = suspendedIn(answer);
    for (const name of ['request-1', 'request-2', 'request-3']) {
      expect(names(answer)).toEqual([name]);
      const back = { request, suspended: suspendedIn(answer), responses: { [name]: yes } };
      answer = await continueCall(one, back, modern);
      if (answer?.kind !== 'result') expect(await continueCall(one, { ...back, suspended: first }, modern)).toBeNull();
    }
    expect(heardBy(answer)).toHaveLength(3);
    expect(sent).toHaveLength(1);
  });

  it('tells together what was asked together, or while its client was away', async () => {
    const { one } = build({ outcomes: [asking(1, form('One?'), form('Two?'))] });
    let answer: Answer | null = await runCall(one, request, modern);
    const asked = [...names(answer)];
    while (answer?.kind === 'input_required') {
      const responses = Object.fromEntries(names(answer).map((name) => [name, yes]));
      answer = await continueCall(one, { request, suspended: suspendedIn(answer), responses }, modern);
      asked.push(...names(answer));
    }
    expect(asked.sort()).toEqual(['request-1', 'request-2']);
    expect(heardBy(answer)).toEqual([[{ result: yes }, { result: yes }]]);
  });

  it('tells a client that comes back what was asked while it was away, which it can not have answered', async () => {
    const away = Promise.withResolvers<void>();
    const { one } = build({
      outcomes: [
        async ({ ask }) => {
          const first = ask?.(form('One?'));
          await away.promise;
          return { kind: 'result', result: { heard: JSON.stringify(await Promise.all([first, ask?.(form('Two?'))])) } };
        },
      ],
    });
    const told = await runCall(one, request, modern);
    away.resolve();
    await new Promise(setImmediate);
    const responses = { 'request-1': yes, 'request-2': yes };
    const more = await continueCall(one, { request, suspended: suspendedIn(told), responses }, modern);
    expect([told, more].map(names)).toEqual([['request-1'], ['request-2']]);
    const end = await continueCall(one, { request, suspended: suspendedIn(more), responses }, modern);
    expect(heardBy(end)).toEqual([{ result: yes }, { result: yes }]);
  });

  it('waits for one request of its client at a time', async () => {
    const release = Promise.withResolvers<void>();
    const { one } = build({
      outcomes: [
        async ({ ask }) => {
          await ask?.(form());
          await release.promise;
          return done;
        },
      ],
    });
    const suspended = suspendedIn(await runCall(one, request, modern));
    const back = { request, suspended, responses: { 'request-1': yes } };
    const first = continueCall(one, back, modern);
    await new Promise(setImmediate);
    expect(await continueCall(one, back, modern)).toBeNull();
    release.resolve();
    expect((await first)?.kind).toBe('result');
  });

  it('has an upstream that hears of no answer where there is none in it', async () => {
    const { one, story } = build({ outcomes: [asking(1)] });
    const suspended = suspendedIn(await runCall(one, request, modern));
    const answer = await continueCall(one, { request, suspended, responses: { 'request-2': yes } }, modern);
    expect(JSON.stringify(heardBy(answer))).toContain('The client gave no answer.');
    expect(await story()).toContain('client_request.answered unanswered');
  });

  it('is told nothing of its client by who was stopped in between', async () => {
    const { one, thrown } = build({ outcomes: [asking(1)] });
    const suspended = suspendedIn(await runCall(one, request, modern));
    thrown.opinion = { effect: 'deny', reason: 'tool_switched_off', advice: 'Off.' };
    const answer = await continueCall(one, { request, suspended, responses: { 'request-1': yes } }, modern);
    expect(JSON.stringify(heardBy(answer))).toContain('The client gave no answer.');
  });

  it.each([
    ['other arguments', { arguments: { order_id: '2' } }],
    ['another subject', { principal: { ...request.principal, subject: { ...request.principal.subject, id: 'bob' } } }],
  ])('does not go on with %s', async (_, change) => {
    const { one } = build({ outcomes: [asking(1)] });
    const suspended = suspendedIn(await runCall(one, request, modern));
    const back = { request, suspended, responses: { 'request-1': yes } };
    expect(await continueCall(one, { ...back, request: { ...request, ...change } }, modern)).toBeNull();
    expect((await continueCall(one, back, modern))?.kind).toBe('result');
  });

  it('ends on record when its time is over, and tells a client that comes then', async () => {
    const late: Outcome = { kind: 'failed', reason: 'upstream_timeout', sent: true, detail: '' };
    const over = Promise.withResolvers<Outcome>();
    const { one, story } = build({
      outcomes: [({ ask }) => Promise.race([over.promise, (ask?.(form()) ?? over.promise).then(() => done)])],
    });
    const suspended = suspendedIn(await runCall(one, request, modern));
    over.resolve(late);
    await one.parking.settled();
    expect((await story()).slice(-2)).toEqual(['client_request.answered unanswered', 'call.failed upstream_timeout']);
    const answer = await continueCall(one, { request, suspended, responses: { 'request-1': yes } }, modern);
    expect(textOf(answer)).toContain('did not answer in the time');
  });

  it('is cancelled by a client that is there and goes, not by one that was answered', async () => {
    const signals: AbortSignal[] = [];
    const { one } = build({
      outcomes: [
        async (options) => {
          signals.push(options.signal);
          return asking(2)(options);
        },
      ],
    });
    const gone = [new AbortController(), new AbortController()] as const;
    const client = (at: 0 | 1): ClientContext => ({ ...modern, signal: gone[at].signal });
    const suspended = suspendedIn(await runCall(one, request, client(0)));
    gone[0].abort();
    expect(signals[0]?.aborted).toBe(false);
    const back = continueCall(one, { request, suspended, responses: { 'request-1': yes } }, client(1));
    gone[1].abort();
    await back;
    expect(signals[0]?.aborted).toBe(true);
  });

  it('tells progress to the request that waits, under its token', async () => {
    const told: ServerMessage[] = [];
    const { one } = build({
      outcomes: [
        async ({ ask, notify }) => {
          await ask?.(form());
          notify({ method: 'notifications/progress', params: { progressToken: 'one', progress: 1 } });
          return done;
        },
      ],
    });
    const suspended = suspendedIn(await runCall(one, request, { ...modern, progressToken: 'one' }));
    const second = { ...modern, progressToken: 'two', notify: (message: ServerMessage) => void told.push(message) };
    await continueCall(one, { request, suspended, responses: { 'request-1': yes } }, second);
    expect(told).toEqual([{ method: 'notifications/progress', params: { progressToken: 'two', progress: 1 } }]);
  });

  it('has a place, and a subject has so many of them and no more', async () => {
    const { one, story } = build({ outcomes: [asking(1)], grants: { elicitation: { forms: true }, rate: '99/min' } });
    const suspended: Answer[] = [];
    for (let at = 0; at < 16; at += 1) suspended.push(await runCall(one, request, modern));
    expect(suspended.every(({ kind }) => kind === 'input_required')).toBe(true);
    const full = await runCall(one, request, modern);
    expect(JSON.stringify(heardBy(full))).toContain('Too many calls of this client wait');
    expect((await story()).slice(-2)).toEqual(['client_request.decided too_many', 'call.completed']);
    const bob = {
      ...request,
      principal: { ...request.principal, subject: { ...request.principal.subject, id: 'bob' } },
    };
    expect((await runCall(one, bob, modern)).kind).toBe('input_required');
    const [first] = suspended;
    const back = { request, suspended: suspendedIn(first ?? null), responses: { 'request-1': yes } };
    await continueCall(one, back, modern);
    expect((await runCall(one, request, modern)).kind).toBe('input_required');
  });
});
