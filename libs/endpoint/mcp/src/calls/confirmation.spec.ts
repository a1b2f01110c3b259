import type { JsonObject } from '@sallyport/contracts';
import { isWhole, questionOf, readAnswer } from './confirmation.ts';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const params = { name: 'shop__confirm', arguments: { order: 1 } };
const capable = { capabilities: { elicitation: {} } };
const yes = { 'sallyport-confirm': { action: 'accept', content: { confirm: true } } };

describe('confirmation on the stateless revision', () => {
  let run: RunningEndpoint;
  let requestState: string;
  beforeEach(async () => {
    run = await runEndpoint();
    const { json } = await run.modern('tools/call', params, capable);
    requestState = String(json.result?.['requestState']);
  });
  afterEach(() => run.close());
  const retry = (extra: JsonObject, change: object = {}) =>
    run.modern('tools/call', { ...params, requestState, inputResponses: yes, ...extra }, { ...capable, ...change });

  it.each<[string, JsonObject, object]>([
    ['a changed state', { requestState: 'AAAA' }, {}],
    ['a state that is no text', { requestState: 5 }, {}],
    ['other arguments', { arguments: { order: 2 } }, {}],
    ['another subject', {}, { headers: { authorization: 'Bearer bob' } }],
    ['another tenant', {}, { headers: { authorization: 'Bearer mallory' } }],
  ])('refuses %s', async (_, extra, change) => {
    const { json } = await retry(extra, change);
    expect(json.error?.code).toBe(-32602);
    expect(run.gateway.votes).toEqual([]);
    expect(run.gateway.calls).toHaveLength(1);
    expect(run.gateway.refusals).toEqual(['bad_request_state']);
  });

  it('refuses a replay', async () => {
    expect((await retry({})).json.result?.['content']).toEqual([{ type: 'text', text: 'cancelled' }]);
    expect((await retry({})).json.error?.code).toBe(-32602);
    expect(run.gateway.votes).toHaveLength(1);
  });

  it.each<[string, JsonObject, string]>([['a decline', { 'sallyport-confirm': { action: 'decline' } }, 'reject']])(
    'takes %s for a no',
    async (_, inputResponses, vote) => {
      const { json } = await retry({ inputResponses });
      expect(json.result).toMatchObject({
        isError: true,
        _meta: { 'dev.sallyport/decision': { decision: 'deny', reason: 'rejected' } },
      });
      expect(run.gateway.votes).toMatchObject([{ answer: vote, approval: 'A-1', channel: 'elicitation' }]);
      expect(run.gateway.calls).toHaveLength(1);
    },
  );

  it.each<[string, JsonObject]>([
    ['a cancelled form', { 'sallyport-confirm': { action: 'cancel' } }],
    ['no answer', {}],
    ['an answer to something else', { other: { action: 'accept', content: { confirm: true } } }],
  ])('leaves the question open after %s', async (_, inputResponses) => {
    const { json } = await retry({ inputResponses });
    expect(json.result).toMatchObject({
      isError: true,
      _meta: { 'dev.sallyport/decision': { decision: 'hold', approval: 'A-1' } },
    });
    expect(run.gateway.votes).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['whose box is not ticked', { action: 'accept', content: { confirm: false } }],
    ['without the box', { action: 'accept', content: {} }],
    ['without content', { action: 'accept' }],
    ['with a yes that is text', { action: 'accept', content: { confirm: 'true' } }],
  ])('asks again after a form %s, and not without end; nobody said no', async (_, unticked) => {
    let state = requestState;
    const results: (JsonObject | undefined)[] = [];
    for (let time = 0; time < 3; time++) {
      const { json } = await retry({ requestState: state, inputResponses: { 'sallyport-confirm': unticked } });
      results.push(json.result);
      state = String(json.result?.['requestState']);
    }
    expect(results.map((result) => result?.['resultType'])).toEqual(['input_required', 'input_required', 'complete']);
    expect(results[2]).toMatchObject({ _meta: { 'dev.sallyport/decision': { decision: 'hold' } } });
    expect(JSON.stringify(results[2])).toContain('sallyport approve A-4');
    expect(run.gateway.votes).toEqual([]);
  });

  it('asks with a form', async () => {
    const { json } = await run.modern('tools/call', params, { capabilities: { elicitation: { form: {} } } });
    expect(json.result).toMatchObject({
      resultType: 'input_required',
      inputRequests: {
        'sallyport-confirm': {
          method: 'elicitation/create',
          params: {
            mode: 'form',
            message: 'Sallyport asks: Cancel order {"order":1}?',
            requestedSchema: { required: ['confirm'] },
          },
        },
      },
    });
  });

  it.each([{}, { elicitation: { url: {} } }, { elicitation: true }])(
    'says how else to confirm to a client with %j',
    async (capabilities) => {
      const { json } = await run.modern('tools/call', params, { capabilities });
      const text =
        'Waiting for your approval (A-2): run `sallyport approve A-2 --token <token>` with a token of yours (alice); then call again with the same arguments.';
      expect(json.result).toMatchObject({ isError: true, resultType: 'complete', content: [{ type: 'text', text }] });
    },
  );
});

describe('confirmation in a session', () => {
  let run: RunningEndpoint;
  beforeEach(async () => {
    run = await runEndpoint();
  });
  afterEach(() => run.close());

  it.each<[string, JsonObject, string, string]>([
    ['a revision without elicitation', { elicitation: {} }, '2025-03-26', 'text/event-stream'],
    ['a client that did not declare it', {}, '2025-11-25', 'text/event-stream'],
    ['a client that takes no stream', { elicitation: {} }, '2025-11-25', 'application/json'],
  ])('says how else to confirm to %s', async (_, capabilities, version, accept) => {
    const session = await run.open(capabilities, version);
    const { json } = await run.legacy('tools/call', params, { ...session, accept });
    expect(JSON.stringify(json.result?.['content'])).toContain('sallyport approve A-1');
    expect(json.result?.['resultType']).toBeUndefined();
  });
});

describe('a question', () => {
  it('is not put in a form where it is too long to be seen whole; the answer says why and what to do', async () => {
    const run = await runEndpoint();
    const long = { ...params, arguments: { order: 'x'.repeat(2_000) } };
    const { json } = await run.modern('tools/call', long, capable);
    await run.close();
    expect(json.result).toMatchObject({
      isError: true,
      content: [
        { text: expect.stringMatching(/too long to be shown whole.*run `sallyport approve A-1 --token <token>`/) },
      ],
    });
    const requirement = { who: 'self', count: 1, group: null, ask: 'Sure?', rule: 'r' } as const;
    expect([isWhole([requirement]), isWhole([requirement, { ...requirement, cut: true }])]).toEqual([true, false]);
  });

  it('holds nothing that could repaint a screen', () => {
    const ask = 'Pay \u001b[2Jbob\u202E now\u200B\u3164\u2800\ufe0f?\nReally \u2068"שלום"\u2069?';
    const { message } = questionOf([{ who: 'self', count: 1, group: null, ask, rule: 'r' }]);
    expect(message).toBe('Sallyport asks: Pay [2Jbob now?\nReally \u2068"שלום"\u2069?');
  });

  it('is answered by nothing but a yes', () => {
    expect([undefined, null, 'accept', [], { action: 'ok' }].map((answer) => readAnswer(answer))).toEqual(
      Array(5).fill('later'),
    );
    expect(readAnswer({ action: 'accept' })).toBe('unticked');
    expect(readAnswer({ action: 'accept', content: { confirm: true } })).toBe('yes');
  });
});
