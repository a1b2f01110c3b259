import { jest } from '@jest/globals';
import { parseExact } from '@sallyport/base';
import type { Answer, CallRequest, ClientContext, JsonObject, Outcome, SendOptions } from '@sallyport/contracts';
import { build, done, form, modern, request, suspendedIn, textOf, yes } from '../test/two-gateways.ts';
import { continueCall, runCall } from './run-call.ts';

const asking =
  (times: number, end: Outcome = done) =>
  async ({ ask }: SendOptions): Promise<Outcome> => {
    for (let time = 0; time < times; time += 1) await ask?.(form());
    return end;
  };
const backOf = (answer: Answer | null, responses: JsonObject = { 'request-1': yes }) => ({
  request,
  suspended: suspendedIn(answer),
  responses,
});
const by = (change: Partial<CallRequest['principal']>): CallRequest => ({
  ...request,
  principal: { ...request.principal, ...change },
});

describe('a call that waits at another gateway', () => {
  it.each([
    ['another subject', by({ subject: { ...request.principal.subject, id: 'bob' } })],
    ['other arguments', { ...request, arguments: { order_id: '2' } }],
  ])('hears nothing of %s', async (_, theirs) => {
    const { one, other, bus, story } = build({ outcomes: [asking(1)] });
    const back = backOf(await runCall(one, request, modern));
    const before = await story();
    expect(await continueCall(other, { ...back, request: theirs }, modern)).toBeNull();
    expect(bus.told).toEqual([]);
    expect(await story()).toEqual(before);
    expect((await continueCall(other, back, modern))?.kind).toBe('result');
  });

  it('hears nothing that another gateway says of another call', async () => {
    const { one, other, story } = build({ outcomes: [asking(1)] });
    const back = backOf(await runCall(one, request, modern));
    const before = await story();
    const named = {
      callId: String(back.suspended['callId']),
      gateway: { boot: 'boot-1', counter: 1 },
      digest: 'another',
    };
    const call = { ...other.open(request).call, ...named };
    expect(await other.elsewhere.back(call, { round: 1, responses: back.responses, around: modern })).toBeNull();
    expect(await story()).toEqual(before);
    expect((await continueCall(one, back, modern))?.kind).toBe('result');
  });

  it('goes on by what its client says here: one call, whose answers are on record before its upstream hears them', async () => {
    const { one, other, sent, ended, story } = build({ outcomes: [asking(3)] });
    let answer: Answer | null = await runCall(one, request, modern);
    for (const [at, gateway] of [other, one, other].entries()) {
      expect(answer?.kind).toBe('input_required');
      const back = backOf(answer, { [`request-${at + 1}`]: yes });
      answer = await continueCall(gateway, back, modern);
      // Said once more, it counts at no gateway.
      if (at < 2) for (const again of [one, other]) expect(await continueCall(again, back, modern)).toBeNull();
    }
    expect(answer).toMatchObject({ kind: 'result', meta: { decision: 'allow' } });
    expect([sent.length, ended.length]).toEqual([1, 1]);
    const round = ['client_request.decided granted', 'client_request.answered accepted'];
    expect(await story()).toEqual(['call.decided allowed', ...round, ...round, ...round, 'call.completed']);
  });

  it('gives the whole of a large result, to the letter', async () => {
    const result = { text: 'é"\u0001😀'.repeat(200_000), number: parseExact('1.0') };
    const { one, other } = build({ outcomes: [asking(1, { kind: 'result', result })] });
    const answer = await continueCall(other, backOf(await runCall(one, request, modern)), modern);
    expect(answer).toMatchObject({ kind: 'result' });
    expect(JSON.stringify(answer?.kind === 'result' && answer.result)).toBe(JSON.stringify(result));
  });

  it('hears of no answer where its client may not go on with it', async () => {
    const { one, other, thrown, story } = build({ outcomes: [asking(1)] });
    const back = backOf(await runCall(one, request, modern));
    thrown.opinion = { effect: 'deny', reason: 'tool_switched_off', advice: 'Off.' };
    await continueCall(other, back, modern);
    expect(await story()).toContain('client_request.answered unanswered');
  });

  describe('where time passes', () => {
    beforeEach(() => void jest.useFakeTimers());
    afterEach(() => void jest.useRealTimers());
    /** In small steps: gateways talk meanwhile. */
    async function pass(ms: number): Promise<void> {
      for (let left = ms; left > 0; left -= 50) await jest.advanceTimersByTimeAsync(50);
    }
    /** An upstream that has its answer and does not end, with what it hears of its client. */
    async function waiting() {
      const signals: AbortSignal[] = [];
      const over = Promise.withResolvers<Outcome>();
      const upstream = async ({ ask, signal }: SendOptions): Promise<Outcome> => {
        signals.push(signal);
        await ask?.(form());
        return over.promise;
      };
      const built = build({ outcomes: [upstream] });
      const back = backOf(await runCall(built.one, request, modern));
      const client = new AbortController();
      const around: ClientContext = { ...modern, signal: client.signal };
      const answer = continueCall(built.other, back, around);
      return { ...built, back, client, answer, aborted: () => signals[0]?.aborted, end: () => over.resolve(done) };
    }

    it('is waited for as long as it runs', async () => {
      const { answer, aborted, end } = await waiting();
      await pass(20_000);
      expect(aborted()).toBe(false);
      end();
      await pass(1_000);
      expect((await answer)?.kind).toBe('result');
    });

    it('is cancelled by its client', async () => {
      const { client, aborted } = await waiting();
      await pass(5_000);
      client.abort();
      await pass(2_200);
      expect(aborted()).toBe(true);
    });

    it.each([
      ['the gateway that has it', 0],
      ['the gateway of its client', 1],
    ])('is over for both where %s is gone: its client is told that it may have run', async (_, gone) => {
      const { answer, aborted, bus, sent } = await waiting();
      await pass(2_500);
      bus.cut.add(gone);
      await pass(8_000);
      expect(textOf(await answer)).toMatch(/gateway that had it is gone.*may have run/);
      expect(aborted()).toBe(true);
      expect(sent).toHaveLength(1);
    });

    it('hears nothing of another tenant', async () => {
      const { one, other, story } = build({ outcomes: [asking(1)] });
      const back = backOf(await runCall(one, request, modern));
      const before = await story();
      const theirs = continueCall(other, { ...back, request: by({ tenant: 'other' }) }, modern);
      await pass(4_000);
      expect(textOf(await theirs)).toContain('No call waits for these answers any more');
      expect(await story()).toEqual(before);
      expect((await continueCall(one, back, modern))?.kind).toBe('result');
    });

    it('is not there any more: its client hears so in seconds', async () => {
      const { one, other, bus, story } = build({ outcomes: [asking(1)] });
      const back = backOf(await runCall(one, request, modern));
      const before = await story();
      bus.cut.add(0);
      const answer = continueCall(other, back, modern);
      await pass(3_100);
      expect(textOf(await answer)).toMatch(/No call waits for these answers any more.*may have run/);
      expect(await story()).toEqual(before);
    });
  });
});
