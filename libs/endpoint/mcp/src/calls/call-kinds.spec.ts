import type { JsonObject } from '@sallyport/contracts';
import { errorOf, resultOf } from './answer-text.ts';
import { type Answered, type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const decision = (fields: object) => ({ 'dev.sallyport/decision': expect.objectContaining(fields) as unknown });
const answerWith = (content: JsonObject): JsonObject => ({
  inputResponses: { 'sallyport-confirm': { action: 'accept', content } },
});
const argument = { name: 'path', value: '' };
const refOf = (ref: JsonObject): JsonObject => ({ ref, argument });
const prompt = (name: string) => refOf({ type: 'ref/prompt', name });
const template = (uri: string) => refOf({ type: 'ref/resource', uri });

describe('calls of prompts, resources and completions', () => {
  let run: RunningEndpoint;
  beforeEach(async () => void (run = await runEndpoint()));
  afterEach(() => run.close());

  /** In either era; at the endpoint of one upstream in the stateless one. */
  const modern = (method: string, params: JsonObject, path = '/mcp') => run.modern(method, params, { path });
  const legacy = async (method: string, params: JsonObject) => run.legacy(method, params, await run.open());
  const both = async (method: string, params: JsonObject): Promise<[Answered['json'], Answered['json']]> => {
    const [now, then] = [await modern(method, params), await legacy(method, params)];
    return [now.json, then.json];
  };

  it.each([
    ['prompts/get', { name: 'shop__nothing' }, 'Unknown prompt: shop__nothing'],
    ['prompts/get', { name: 'greet' }, 'Unknown prompt: greet'],
    ['prompts/get', { name: '' }, 'Unknown prompt: '],
    ['completion/complete', prompt('nothing'), 'Unknown prompt: nothing'],
    ['completion/complete', template('file:///{+path}'), 'Unknown template: file:///{+path}'],
    ['completion/complete', template('shop+db://{x}'), 'Unknown template: shop+db://{x}'],
  ])('%s of what is not there: %j', async (method, params, message) => {
    for (const { error } of await both(method, params)) expect(error).toEqual({ code: -32602, message });
  });

  it.each([
    'file:///a',
    'shop+file:///b',
    'shop+file:///a/../a',
    'other+file:///a',
    'Shop+file:///a',
    'shop+',
    'ui://shop/file:///a',
    'shop+shop+file:///a',
    `shop+${'a'.repeat(5_000)}`,
  ])('resources/read of %s, which is not there', async (uri) => {
    const [now, then] = await both('resources/read', { uri });
    const error = { message: `Resource not found: ${uri}`, data: { uri } };
    expect(now.error).toEqual({ code: -32602, ...error });
    expect(then.error).toEqual({ code: -32002, ...error });
  });

  it.each([
    ['tools/call', { name: `shop__${'a'.repeat(513)}` }],
    ['prompts/get', { name: `shop__${'a'.repeat(513)}` }],
    ['resources/read', { uri: `shop+a:${'a'.repeat(4_097)}` }],
    ['completion/complete', template(`shop+a:${'a'.repeat(4_097)}`)],
  ])('%s of what no server calls so is not recorded as it is', async (method, params) => {
    for (const { error } of await both(method, params as JsonObject)) expect(error).toBeDefined();
    expect(run.gateway.calls).toEqual([]);
  });

  it('compares no headers with the arguments of a prompt that is called like a tool', async () => {
    const { json } = await modern('prompts/get', { name: 'shop__mirrored', arguments: { region: 'eu' } });
    expect(json.result).toBeDefined();
    expect((await modern('tools/call', { name: 'shop__mirrored', arguments: { region: 'eu' } })).status).toBe(400);
  });

  it('judges a URI as the very string that is sent', async () => {
    await modern('resources/read', { uri: 'shop+file:///a/../a%41 ' });
    expect(run.gateway.calls.at(-1)?.target).toEqual({ kind: 'resource', name: 'file:///a/../a%41 ' });
  });

  it.each([
    ['prompts/get', {}],
    ['prompts/get', { name: 'shop__greet', arguments: [] }],
    ['resources/read', { name: 'file:///a' }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'shop__greet' } }],
    ['completion/complete', { argument }],
    ['completion/complete', refOf({ type: 'ref/tool', name: 'shop__echo' })],
    ['completion/complete', { ...prompt('shop__greet'), argument: { name: 'a', value: 1 } }],
    ['completion/complete', { ...prompt('shop__greet'), context: 'x' }],
  ])('%s that is no proper call: %j', async (method, params) => {
    for (const { error } of await both(method, params as JsonObject)) expect(error?.code).toBe(-32602);
    expect(run.gateway.calls).toEqual([]);
    expect(run.gateway.refusals).toEqual(['invalid_params', 'invalid_params']);
  });

  it.each([
    ['prompts/get', { name: 5 }],
    ['resources/read', { uri: ['shop+file:///a'] }],
  ])('%s of what no header can mirror: %j', async (method, params) => {
    const [now, then] = await both(method, params as JsonObject);
    expect([now.error?.code, then.error?.code]).toEqual([-32020, -32602]);
    expect(run.gateway.calls).toEqual([]);
  });

  it.each([
    ['prompts/get', { name: 'shop__denied' }],
    ['resources/read', { uri: 'shop+file:///denied' }],
    ['completion/complete', prompt('shop__denied')],
  ])('%s that is refused: an error with the decision', async (method, params) => {
    for (const { error } of await both(method, params))
      expect(error).toEqual({ code: -32000, message: 'Not you.', data: decision({ decision: 'deny' }) });
  });

  it('names what a server no longer has in the way of each revision', async () => {
    const uri = 'shop+file:///gone';
    const [now, then] = await both('resources/read', { uri });
    expect(now.error).toEqual({ code: -32602, message: 'gone', data: { uri, ...decision({}) } });
    expect(then.error).toEqual({ code: -32002, message: 'gone', data: { uri, ...decision({}) } });
  });

  it('gives a prompt, whose embedded resource can be read at the same endpoint', async () => {
    const get = { name: 'shop__greet', arguments: { who: 'ann' } };
    for (const { result } of await both('prompts/get', get))
      expect(result?.['messages']).toMatchObject([{ content: { resource: { uri: 'shop+file:///a', text: 'a' } } }]);
    const own = await modern('prompts/get', { ...get, name: 'greet' }, '/mcp/shop');
    expect(own.json.result).toMatchObject({ messages: [{ content: { resource: { uri: 'file:///a' } } }] });
    const { action, target, arguments: args } = run.gateway.calls[0] ?? {};
    expect([action, target, args]).toEqual(['prompts/get', { kind: 'prompt', name: 'greet' }, { who: 'ann' }]);
  });

  it('reads a resource, for the one who asked alone', async () => {
    const [now, then] = await both('resources/read', { uri: 'shop+file:///a' });
    const contents = [{ uri: 'shop+file:///a', text: 'a' }];
    expect(now.result).toMatchObject({ resultType: 'complete', ttlMs: 5, cacheScope: 'private', contents });
    expect(then.result).toMatchObject({ contents, _meta: decision({ decision: 'allow' }) });
    const own = await modern('resources/read', { uri: 'file:///a' }, '/mcp/shop');
    expect(own.json.result).toMatchObject({ contents: [{ uri: 'file:///a' }] });
    for (const { target, arguments: args } of run.gateway.calls)
      expect([target, args]).toEqual([{ kind: 'resource', name: 'file:///a' }, {}]);
  });

  it('completes', async () => {
    const params = { ...template('shop+file:///{+path}'), context: { arguments: { x: 'y' } } };
    for (const { result } of await both('completion/complete', params))
      expect(result).toMatchObject({ completion: { values: ['a', 'b'] } });
    const { target, arguments: args } = run.gateway.calls[0] ?? {};
    expect(target).toEqual({ kind: 'template', name: 'file:///{+path}' });
    expect(args).toEqual({ argument, context: { arguments: { x: 'y' } } });
    expect((await modern('completion/complete', prompt('greet'), '/mcp/shop')).json.result).toBeDefined();
  });

  it('qualifies links of tools only where their upstream lets resources be read', async () => {
    const call = async () => (await modern('tools/call', { name: 'shop__greet' })).json.result;
    expect(await call()).toMatchObject({ content: [{ uri: 'shop+file:///a' }] });
    run.gateway.offered = ['tool'];
    expect(await call()).toMatchObject({ content: [{ uri: 'file:///a' }] });
  });

  it.each([
    ['prompts/get', { name: 'shop__confirm' }],
    ['resources/read', { uri: 'shop+file:///confirm' }],
  ])('%s waits for its caller, and goes on by their yes alone', async (method, params) => {
    const change = { capabilities: { elicitation: {} } };
    const held = await run.modern(method, params, change);
    expect(held.json.result).toMatchObject({ resultType: 'input_required' });
    const requestState = String(held.json.result?.['requestState']);
    const foreign = await run.modern(
      'tools/call',
      { name: 'shop__confirm', requestState, ...answerWith({ confirm: true }) },
      change,
    );
    expect(foreign.json.error?.code).toBe(-32602);
    const said = await run.modern(method, { ...params, requestState, ...answerWith({ confirm: true }) }, change);
    expect(said.json.result).toMatchObject({ resultType: 'complete' });
    const asked = await run.modern(method, params);
    expect(asked.json.error).toMatchObject({ code: -32000, data: decision({ decision: 'hold' }) });
  });

  it('asks nobody over what they type', async () => {
    const { json } = await run.modern('completion/complete', prompt('shop__confirm'), {
      capabilities: { elicitation: {} },
    });
    expect(json.error).toMatchObject({ code: -32000, data: decision({ decision: 'hold' }) });
  });
});

const allowed = { decision: 'allow', reason: 'allowed', id: 'call-1' } as const;

it.each([-1, '5', undefined])('a resource that may be kept for %p is kept for no time', (ttlMs) => {
  const result: JsonObject = { contents: [], ...(ttlMs === undefined ? {} : { ttlMs }) };
  expect(JSON.parse(resultOf({ result, meta: allowed }, 'resources/read', 'modern'))).toMatchObject({ ttlMs: 0 });
});

it('an address that a user has to open is told in the way of each revision', () => {
  const elicitations = [{ mode: 'url', url: 'https://a.example/1', elicitationId: 'e', message: 'Open it.' }];
  const answer = { kind: 'error', code: -32042, message: 'Open:', elicitations, meta: allowed } as const;
  expect(errorOf(answer, 'legacy', null)).toMatchObject({ code: -32042, message: 'Open:', data: { elicitations } });
  const { code, message, data } = errorOf(answer, 'modern', null);
  expect([code, message, data]).toEqual([-32603, 'Open: https://a.example/1', decision(allowed)]);
});
