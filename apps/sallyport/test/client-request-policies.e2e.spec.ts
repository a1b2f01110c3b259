import {
  ANN,
  type Asked,
  type AskedClient,
  type AskingUpstream,
  BEN,
  callTool,
  connectAsked,
  faultsIn,
  makeScratch,
  recordedOf,
  runCli,
  type ScriptedUpstream,
  serve,
  startAskingUpstream,
  startScriptedUpstream,
} from '@sallyport/testing/harness';

const form: Asked = [
  'elicitation/create',
  { message: 'Which branch?', requestedSchema: { type: 'object', properties: { branch: { type: 'string' } } } },
];
const page = (host: string): Asked => [
  'elicitation/create',
  { mode: 'url', message: 'Pay.', url: `https://${host}/1`, elicitationId: 'e1' },
];
const sample: Asked = [
  'sampling/createMessage',
  { messages: [{ role: 'user', content: { type: 'text', text: 'Hello.' } }], maxTokens: 10 },
];
const roots: Asked = ['roots/list', {}];
const policies = {
  'a.cedar': `
@id("all") permit (principal, action, resource);
@id("no-samples") @hard @advice("Work without a model.")
forbid (principal in Role::"staff", action == Action::"mcp:sampling/createMessage", resource);
@id("one-page") @hard forbid (principal, action == Action::"mcp:elicitation/create", resource)
when { resource.mode == "url" && resource.host != "pay.example.com" };
@id("no-roots-of-modern") @hard forbid (principal, action == Action::"mcp:roots/list", resource in Mcp::Upstream::"modern");
`,
  'cases.yaml': `
cases:
  - name: staff lends no model
    subject: { id: ann, roles: [staff] }
    tool: shop/ask
    asks: sampling/createMessage
    expect: deny
    reason: forbidden
    rules: [no-samples]
  - name: pages of the shop
    subject: { id: ann, roles: [staff] }
    tool: shop/ask
    asks: elicitation/create
    mode: url
    host: pay.example.com
    expect: allow
`,
};

describe('requests of upstreams that policies forbid', () => {
  let shop: AskingUpstream;
  let modern: ScriptedUpstream;
  let ann: AskedClient;
  let ben: AskedClient;
  beforeAll(async () => {
    shop = await startAskingUpstream();
    modern = await startScriptedUpstream();
  });
  const served = serve(() => {
    const client_requests = {
      sampling: {},
      elicitation: { forms: true, url_hosts: ['pay.example.com', 'ads.example.com'] },
      roots: true,
      per_call: 20,
    };
    const about = { definitions: 'trust_on_first_use' as const, client_requests };
    return makeScratch({
      policies,
      config: { upstreams: { shop: { url: shop.url, ...about }, modern: { url: modern.url, ...about } } },
    });
  });
  beforeAll(async () => {
    ann = await connectAsked(served.sallyport, ANN.token);
    ben = await connectAsked(served.sallyport, BEN.token);
  });
  afterAll(() => Promise.all([ann.close(), ben.close(), shop.close(), modern.close()]));

  it('reach no client, the upstream and the caller hear which policy it was, and the call goes on', async () => {
    shop.asks = [sample, page('ads.example.com'), sample];
    const { meta, heard } = await ann.call('shop__ask');
    expect(ann.asked).toEqual([]);
    expect(heard).toMatchObject([
      { error: { code: -32601, message: 'A policy forbids this (no-samples). Work without a model.' } },
      { error: { code: -32601, message: expect.stringContaining('(one-page)') } },
      { error: { code: -32601 } },
    ]);
    expect(meta).toMatchObject({
      decision: 'allow',
      refusedRequests: [
        { method: 'sampling/createMessage', reason: 'forbidden', says: expect.stringContaining('no-samples') },
        { method: 'elicitation/create', reason: 'forbidden' },
      ],
    });
    const decided = recordedOf(served.scratch.data, 'client_request.decided').map(({ data }) => data);
    expect(decided).toMatchObject([
      { decision: 'deny', reason: 'forbidden', rules: ['no-samples'], shown: null },
      { decision: 'deny', reason: 'forbidden', rules: ['one-page'] },
      { decision: 'deny', reason: 'forbidden', rules: ['no-samples'] },
    ]);
  });

  it('reach those whom no policy names, and other kinds reach all', async () => {
    shop.asks = [sample];
    await ben.call('shop__ask');
    expect(ben.asked.map(({ method }) => method)).toEqual(['sampling/createMessage']);
    shop.asks = [form, page('pay.example.com'), roots];
    const { meta } = await ann.call('shop__ask');
    expect(ann.asked).toHaveLength(3);
    expect(meta).not.toHaveProperty('refusedRequests');
  });

  it('end the call of an upstream that asks in its answer, with the policy in the text', async () => {
    modern.behaviour = () => ({
      resultType: 'input_required',
      inputRequests: { a: { method: 'roots/list', params: {} } },
    });
    const { meta, said } = await callTool(served.sallyport, ANN.token, ['modern__run', {}], {
      capabilities: { roots: {} },
    });
    expect(said).toContain('A policy forbids this (no-roots-of-modern).');
    expect(meta).toMatchObject({ reason: 'upstream_asked', refusedRequests: [{ method: 'roots/list' }] });
  });

  it('are on record, and tested by cases', async () => {
    expect(faultsIn(served.scratch.data, ['Which branch'])).toEqual([]);
    const options = { cwd: served.scratch.directory };
    const { code, stdout } = await runCli(['policy', 'test', '--config', served.scratch.config], options);
    expect([code, stdout.match(/"ok":true/g)?.length]).toEqual([0, 2]);
  });
});
