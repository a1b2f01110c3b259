import { jest } from '@jest/globals';
import type { JsonObject } from '@sallyport/contracts';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const params = { name: 'shop__asks', arguments: { order: 1 } };
const capable = { capabilities: { elicitation: {} } };
const inputResponses = { name: { action: 'accept', content: {} } };

describe('what an upstream asks, on the stateless revision', () => {
  let run: RunningEndpoint;
  let first: JsonObject;
  beforeEach(async () => {
    run = await runEndpoint();
    const { json } = await run.modern('tools/call', params, capable);
    first = json.result ?? {};
  });
  afterEach(() => run.close());
  const retry = (extra: JsonObject = {}, change: object = {}) =>
    run.modern(
      'tools/call',
      { ...params, requestState: String(first['requestState']), inputResponses, ...extra },
      { ...capable, ...change },
    );

  it.each<[string, JsonObject, object]>([
    ['a changed state', { requestState: 'AAAA' }, {}],
    ['other arguments', { arguments: { order: 2 } }, {}],
    ['another tool', { name: 'shop__confirm' }, {}],
    ['another subject', {}, { headers: { authorization: 'Bearer bob' } }],
    ['another tenant', {}, { headers: { authorization: 'Bearer mallory' } }],
  ])('does not go on with %s', async (_, extra, change) => {
    const { json } = await retry(extra, change);
    expect(json.error?.code).toBe(-32602);
    expect(run.gateway.continued).toEqual([]);
    expect(run.gateway.refusals).toEqual(['bad_request_state']);
  });

  it('does not go on twice, nor with what the gateway does not know', async () => {
    expect((await retry()).json.result).toMatchObject({ resultType: 'complete' });
    expect((await retry()).json.error?.code).toBe(-32602);
    expect(run.gateway.continued).toHaveLength(1);
    const gone = { ...params, arguments: { id: 'gone' } };
    const { json } = await run.modern('tools/call', gone, capable);
    const requestState = String(json.result?.['requestState']);
    expect((await run.modern('tools/call', { ...gone, requestState }, capable)).json.error?.code).toBe(-32602);
  });

  it('can come back with what may be asked, and not with a completion', async () => {
    const called = jest.spyOn(run.gateway, 'call');
    const ref = { type: 'ref/prompt', name: 'shop__greet' };
    await run.modern('tools/call', { name: 'shop__echo' }, capable);
    await run.modern('prompts/get', { name: 'shop__greet' }, capable);
    await run.modern('completion/complete', { ref, argument: { name: 'a', value: '' } }, capable);
    expect(called.mock.calls.map(([, { comesBack }]) => comesBack)).toEqual([true, true, false]);
  });

  it('is the answer to the call, under a state of ours, and goes on with the answers', async () => {
    expect(first).toMatchObject({
      resultType: 'input_required',
      inputRequests: { name: { method: 'elicitation/create', params: { message: 'shop asks you' } } },
    });
    expect(Buffer.from(String(first['requestState']), 'base64url').toString('latin1')).not.toContain('call-1');
    expect((await retry()).json.result).toMatchObject({ content: [{ text: JSON.stringify(inputResponses) }] });
    expect(run.gateway.continued).toEqual([{ suspended: 'call-1', responses: inputResponses }]);
    expect(run.gateway.calls).toHaveLength(1);
  });
});
