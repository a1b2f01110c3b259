import type { JsonObject } from '@sallyport/contracts';
import {
  ANN,
  type AskedClient,
  BEN,
  callTool,
  connectAsked,
  faultsIn,
  makeScratch,
  recorded,
  type ScriptedUpstream,
  serve,
  startScriptedUpstream,
  storyOf,
} from '@sallyport/testing/harness';

let rounds: ScriptedUpstream;
let ann: AskedClient;

beforeAll(async () => {
  rounds = await startScriptedUpstream();
});
const served = serve(() => {
  const client_requests = { elicitation: { forms: true }, roots: true, rate: '500/min' };
  return makeScratch({
    config: { upstreams: { rounds: { url: rounds.url, definitions: 'trust_on_first_use', client_requests } } },
  });
});
beforeAll(async () => {
  ann = await connectAsked(served.sallyport, ANN.token);
});
afterAll(async () => {
  await ann.close();
  await rounds.close();
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

  it('asks a client with a session while its call waits', async () => {
    ann.says = inputResponses.branch;
    const answer = await ann.call('rounds__run');
    expect(answer.text).toBe('done');
    expect(ann.asked.map(({ method }) => method).sort()).toEqual(['elicitation/create', 'roots/list']);
    expect(paramsOf(1)).toMatchObject({ inputResponses: { branch: given.branch }, requestState: 'theirs' });
    expect([rounds.calls.length, effects]).toEqual([2, 1]);
  });

  it('leaves a sound record without its words and the client’s', () =>
    expect(faultsIn(served.scratch.data, ['very-private', 'my-private-branch', 'theirs'])).toEqual([]));
});
