import type { JsonObject } from '@sallyport/contracts';
import {
  ANN,
  anyTool,
  type AskedClient,
  askingProgram,
  type AskingUpstream,
  BEN,
  callTool,
  connectAsked,
  faultsIn,
  makeScratch,
  OPEN,
  recorded,
  type ScriptedUpstream,
  serve,
  startAskingUpstream,
  startScriptedUpstream,
  storyOf,
} from '@sallyport/testing/harness';

let rounds: ScriptedUpstream;
let waiting: AskingUpstream;
let ann: AskedClient;

beforeAll(async () => {
  [rounds, waiting] = await Promise.all([
    startScriptedUpstream([anyTool('run'), anyTool('pay')]),
    startAskingUpstream(),
  ]);
});
const served = serve(() => {
  const definitions = 'trust_on_first_use' as const;
  const client_requests = { elicitation: { forms: true }, roots: true, rate: '500/min' };
  const ask = '@id("ask") @confirm("self") @ask("Pay?") forbid (principal, action == Action::"rounds/pay", resource);';
  return makeScratch({
    policies: { 'all.cedar': `${OPEN}\n${ask}\n` },
    config: {
      limits: [{ id: 'uses', per: ['tenant', 'subject'], tool: 'rounds/pay', rate: '1/h', kind: 'use' }],
      upstreams: {
        rounds: { url: rounds.url, definitions, client_requests },
        waiting: { url: waiting.url, definitions, client_requests },
        program: { command: [process.execPath, askingProgram], definitions, share: 'subject', client_requests },
      },
    },
  });
});
beforeAll(async () => {
  ann = await connectAsked(served.sallyport, ANN.token);
});
afterAll(async () => {
  await ann.close();
  await Promise.all([rounds.close(), waiting.close()]);
});

const requestsOf = (callId = '') =>
  recorded(served.scratch.data)
    .filter(({ stream, type }) => stream === `call/${callId}` && type.startsWith('client_request.'))
    .map(({ type }) => type.slice(15));

describe('an upstream of 2026-07-28 that is granted what it asks in its answers', () => {
  const requestedSchema = { type: 'object', properties: { branch: { type: 'string' } } };
  const branch = { message: 'Which very-private branch?', requestedSchema };
  const inputRequests = { branch: { method: 'elicitation/create', params: branch }, where: { method: 'roots/list' } };
  const capabilities = { elicitation: {}, roots: {} };
  const inputResponses = {
    branch: { action: 'accept', content: { branch: 'my-private-branch', home: '/' } },
    where: { roots: [{ uri: 'file:///home/ann' }] },
  };
  const given = {
    branch: { action: 'accept', content: { branch: 'my-private-branch' } },
    where: { roots: [{ uri: 'file:///home/ann' }] },
  };
  const paramsOf = (at: number) => (JSON.parse(rounds.calls[at]?.text ?? '') as { params: JsonObject }).params;
  const call = (params: JsonObject = {}, token = ANN.token) =>
    callTool(served.sallyport, token, ['rounds__run', { order: 1 }], { capabilities, params });
  let effects = 0;
  beforeEach(() => {
    effects = 0;
    rounds.calls.length = 0;
    rounds.behaviour = ({ text }) => {
      if (!text.includes('inputResponses'))
        return { resultType: 'input_required', inputRequests, requestState: 'theirs' };
      effects += 1;
      return { content: [{ type: 'text', text: 'done' }] };
    };
  });

  it('asks a client of that revision, which goes on with its answers: one decision, one effect', async () => {
    const { result } = await call();
    expect(result).toMatchObject({ resultType: 'input_required', inputRequests: { where: { method: 'roots/list' } } });
    expect(JSON.stringify(result)).toContain('rounds asks you. These are its words');
    expect(JSON.stringify(result)).not.toContain('theirs');
    const requestState = String(result?.['requestState']);
    const { said, meta } = await call({ requestState, inputResponses });
    expect(said).toBe('done');
    expect(paramsOf(0)['_meta']).toMatchObject({
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} }, roots: {} },
    });
    expect(paramsOf(1)).toMatchObject({ arguments: { order: 1 }, inputResponses: given, requestState: 'theirs' });
    expect(requestsOf(meta?.id)).toEqual(['decided', 'decided', 'answered', 'answered']);
    const story = storyOf(served.scratch.data, meta?.id ?? '').filter((line) => !line.startsWith('client_request'));
    expect(story).toEqual(['allow', 'allowed', 'call.completed']);
    for (const token of [ANN.token, BEN.token])
      expect((await call({ requestState, inputResponses }, token)).error?.code).toBe(-32602);
    expect([rounds.calls.length, effects]).toEqual([2, 1]);
  });

  it('goes on with a call that its person approved once and that is charged once', async () => {
    const pay = (params: JsonObject = {}) =>
      callTool(served.sallyport, ANN.token, ['rounds__pay', { order: 2 }], { capabilities, params });
    const ours = (await pay()).result;
    expect(JSON.stringify(ours)).toContain('Sallyport asks: Pay?');
    const confirmed = { 'sallyport-confirm': { action: 'accept', content: { confirm: true } } };
    const theirs = (await pay({ requestState: ours?.['requestState'] ?? '', inputResponses: confirmed })).result;
    expect(JSON.stringify(theirs)).toContain('rounds asks you');
    const { said, meta } = await pay({ requestState: theirs?.['requestState'] ?? '', inputResponses });
    expect([said, effects]).toEqual(['done', 1]);
    const types = recorded(served.scratch.data).map(({ type }) => type);
    expect(types.filter((type) => type === 'approval.consumed')).toHaveLength(1);
    const story = storyOf(served.scratch.data, meta?.id ?? '').filter((line) => !line.startsWith('client_request'));
    expect(story).toEqual(['allow', 'allowed', 'call.completed']);
    // The limit is of one use: three requests were one call.
    expect((await pay()).meta?.reason).toBe('limit_exceeded');
  });

  it('asks a client with a session while its call waits', async () => {
    ann.says = inputResponses.branch;
    const answer = await ann.call('rounds__run');
    expect(answer.text).toBe('done');
    expect(ann.asked.map(({ method }) => method).sort()).toEqual(['elicitation/create', 'roots/list']);
    expect(paramsOf(1)).toMatchObject({ inputResponses: { branch: given.branch }, requestState: 'theirs' });
    expect([rounds.calls.length, effects]).toEqual([2, 1]);
  });
});

describe('an upstream of an earlier revision, which waits for the answer of a client that comes back', () => {
  const capabilities = { elicitation: {}, roots: {} };
  const says: Readonly<Record<string, JsonObject>> = {
    'elicitation/create': { action: 'accept', content: { branch: 'my-private-branch' } },
    'roots/list': { roots: [{ uri: 'file:///home/ann' }] },
  };
  const call = (name: string, params: JsonObject = {}, token = ANN.token) =>
    callTool(served.sallyport, token, [name, {}], { capabilities, params });

  /** All rounds of a call, as a client of 2026-07-28 plays them. */
  async function play(name: string) {
    const asked: string[] = [];
    let answer = await call(name);
    const states: string[] = [];
    while (answer.result?.['resultType'] === 'input_required') {
      const requests = Object.entries(answer.result['inputRequests'] as Record<string, { method: string }>);
      asked.push(...requests.map(([, { method }]) => method));
      const inputResponses = Object.fromEntries(requests.map(([key, { method }]) => [key, says[method] ?? {}]));
      states.push(String(answer.result['requestState']));
      answer = await call(name, { requestState: states.at(-1) ?? '', inputResponses });
    }
    return { ...answer, asked, states };
  }

  it('is told what that client can do, and gets its answers in one call', async () => {
    const branch = { type: 'object', properties: { branch: { type: 'string' } } };
    waiting.asks = [
      ['elicitation/create', { message: 'Which very-private branch?', requestedSchema: branch }],
      ['roots/list', {}],
      ['sampling/createMessage', {}],
    ];
    const { said, asked, meta, states } = await play('waiting__ask');
    expect(asked).toEqual(['elicitation/create', 'roots/list']);
    expect(waiting.declared.at(-1)).toEqual({ elicitation: { form: {} }, roots: {} });
    expect(JSON.parse(said)).toMatchObject([
      says['elicitation/create'],
      says['roots/list'],
      { error: { code: -32601 } },
    ]);
    const story = storyOf(served.scratch.data, meta?.id ?? '').filter((line) => !line.startsWith('client_request'));
    expect(story).toEqual(['allow', 'allowed', 'call.completed']);
    expect(requestsOf(meta?.id)).toEqual(['decided', 'answered', 'decided', 'answered', 'decided']);
    const again = { requestState: states[0] ?? '', inputResponses: {} };
    expect((await call('waiting__ask', again)).said).toContain('No call waits for these answers any more');
    expect((await call('waiting__ask', again, BEN.token)).error?.code).toBe(-32602);
  });

  it('may be a program', async () => {
    const { said, asked } = await play('program__ask');
    expect(asked).toEqual(['elicitation/create']);
    expect(JSON.parse(said)).toMatchObject({ answer: { action: 'accept' } });
  });
});

it('leaves a sound record without its words and the client’s', () =>
  expect(faultsIn(served.scratch.data, ['very-private', 'my-private-branch', 'theirs'])).toEqual([]));
