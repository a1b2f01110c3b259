import {
  callTool,
  connect,
  decisionOn,
  faultsIn,
  json,
  makeShopScratch,
  send,
  serve,
  shopEffects,
  storyOf,
} from '@sallyport/testing/harness';

const ALICE = 'dev-alice';
const BOB = 'dev-bob';
const ERIN = 'dev-erin';

describe('authorization and visibility in the running shop', () => {
  const served = serve(() => makeShopScratch((config) => ({ ...config, limits: [] })));

  async function refused(token: string, tool: string, args: Record<string, unknown>) {
    const { meta, said } = await callTool(served.sallyport, token, [`orders__${tool}`, args as never]);
    const id = meta?.id ?? '';
    expect(storyOf(served.scratch.data, id)).toEqual([meta?.decision, meta?.reason]);
    const { verdicts, facts, resources } = decisionOn(served.scratch.data, id);
    return { reason: meta?.reason, said, rules: verdicts.flatMap(({ rules = [] }) => rules), facts, resources };
  }

  it.each([
    ['get_order', { order_id: '2001' }],
    ['cancel_order', { order_id: '2001' }],
    ['refund_order', { order_id: '2001', amount: 1 }],
    ['list_orders', { customer: 'bob' }],
    ['cancel_orders', { order_ids: ['2001'] }],
  ])('refuses somebody else’s object: %s', async (tool, args) => {
    const { reason, resources } = await refused(ALICE, tool, args);
    expect(reason).toBe('not_owner');
    expect(resources[0]).toMatchObject({ status: 'resolved', owner: expect.stringMatching(/^sub_/) });
  });

  it('judges every element of an array, and duplicates do not hide one', async () => {
    const { resources } = await refused(ALICE, 'cancel_orders', { order_ids: ['1001', '2001'] });
    expect(resources.map(({ status }) => status)).toEqual(['resolved', 'resolved']);
    expect(new Set(resources.map(({ owner }) => owner)).size).toBe(2);
  });

  it.each(['*', '10*', '-_*', 'all', 'EVERY', '____'])('refuses the wildcard %s', async (order_id) => {
    const { reason, said, rules, facts } = await refused(ALICE, 'cancel_order', { order_id });
    expect([reason, rules]).toEqual(['wildcard_argument', ['wildcard-argument']]);
    expect(said).toContain('Name one order.');
    expect(facts.wildcards).toEqual(['/order_id']);
  });

  it.each(['*', '%', '％％', '＊＊', '%25', '(*)'])('refuses an open search for %s', async (query) => {
    const { reason } = await refused(ERIN, 'search_customers', { query: query.padEnd(2, query) });
    expect(reason).toBe('wildcard_argument');
  });

  it('refuses bulk and empty filters', async () => {
    const bulk = await refused(ALICE, 'cancel_orders', { order_ids: ['1001', '1002'] });
    expect([bulk.reason, bulk.facts.bulk]).toEqual(['bulk_argument', 2]);
    // The shop's schema wants one id at least, so an empty list does not even get to the policy.
    expect((await refused(ALICE, 'cancel_orders', { order_ids: [] })).reason).toBe('invalid_arguments');
  });

  it('refuses an object that nobody knows', async () => {
    const { reason, resources } = await refused(ALICE, 'get_order', { order_id: '990099009' });
    expect([reason, resources[0]?.status]).toEqual(['object_unresolved', 'unresolved']);
  });

  it('lets through what is theirs', async () => {
    for (const [token, order_id] of [
      [ALICE, '1001'],
      [BOB, '2001'],
      [ERIN, '2001'],
    ] as const) {
      const { meta, result } = await callTool(served.sallyport, token, ['orders__get_order', { order_id }]);
      expect(result?.['structuredContent']).toMatchObject({ order_id });
      expect(storyOf(served.scratch.data, meta?.id ?? '')).toEqual(['allow', 'allowed', 'call.completed']);
    }
    expect(shopEffects(served.scratch)).toEqual([]);
  });

  it('shows each person only what could be theirs to call', async () => {
    const lists = await Promise.all(
      [ALICE, ERIN, 'dev-frank'].map(async (token) => {
        const client = await connect('v2 modern', served.sallyport.url, token);
        const names = await client.list();
        await client.close();
        return names;
      }),
    );
    const of = (prefix: string) => lists.map((names) => names.filter((name) => name.startsWith(prefix)).length);
    expect(of('orders__')).toEqual([5, 4, 0]);
    expect(of('memory__')).toEqual([0, 9, 0]);
    expect(lists[0]).not.toContain('files__write_file');
    expect(lists[0]).toContain('files__read_text_file');
  });

  const deep = (levels: number): string => `${'{"order_id":'.repeat(levels)}1${'}'.repeat(levels)}`;
  it.each<[string, object | string, Record<string, string>?]>([
    ['wrong', { order_id: 7 }],
    ['missing', {}],
    ['reserved', { __entity: { type: 'Role', id: 'admin' } }],
    ['wild', { order_ids: ['*', ''], where: {} }],
    ['deep', deep(40)],
    ['too deep for a body', deep(2_000)],
    ['large', { order_id: 'x'.repeat(70_000) }],
    ['very large', { order_id: 'x'.repeat(700_000) }],
    ['many', { order_ids: Array.from({ length: 9_000 }, (_, at) => at) }],
    ['no text', '{"order_id":"\\ud800"}'],
    ['mirrored by no header that there is', {}, { 'mcp-param-order': '7' }],
  ])(
    'answers an unknown tool and an invisible one in the same bytes: arguments that are %s',
    async (what, args, headers = {}) => {
      const names = ['orders__export_orders', 'orders__export_ordert', 'files__write_file', 'nobody__here', 'plain'];
      const call = (name: string) => callTool(served.sallyport, 'dev-bob', [name, args as string], { headers });
      const answers = await Promise.all(names.map(call));
      const shapes = answers.map(({ status, text }, at) => [status, text.replaceAll(names[at] ?? '', 'NAME')]);
      expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
      if (!/body|no text/.test(what))
        expect(answers[0]?.error).toEqual({ code: -32602, message: 'Unknown tool: orders__export_orders' });
      expect(JSON.stringify(shapes[0])).not.toMatch(/01[0-9A-Z]{24}/);
    },
  );

  it('answers them alike in a session and at an endpoint of one upstream too', async () => {
    const client = await connect('v1', served.sallyport.url, ALICE, { path: '/mcp/orders' });
    const said = async (name: string) =>
      client.call(name, {}).catch((error: Error) => error.message.replaceAll(name, 'NAME'));
    expect(await client.list()).toHaveLength(5);
    expect(await said('export_orders')).toBe(await said('no_such_tool'));
    await client.close();
  });

  it('lists in bytes that are the same for everybody who may see the same', async () => {
    const list = async (token: string) => {
      const headers = { ...json, authorization: `Bearer ${token}`, 'mcp-protocol-version': '2026-07-28' };
      const meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: meta } });
      return (await send(served.sallyport, { headers: { ...headers, 'mcp-method': 'tools/list' }, body })).text;
    };
    expect(await list(ALICE)).toBe(await list(BOB));
  });

  it('leaves a sound record', () => {
    expect(faultsIn(served.scratch.data, ['990099009', 'dev-alice'])).toEqual([]);
  });
});
