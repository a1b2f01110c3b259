import { ANN, anyTool, callTool, decisionOn, faultsIn, serveScripted, textResult } from '@sallyport/testing/harness';

const POLICY = `
@id("own") permit (principal, action, resource is Doc) when { resource has owner && resource.owner == principal && context.facts.bulk <= 10 };
@id("open-ended") @hard @advice("Say which.") forbid (principal, action, resource) when { !context.facts.unbounded.isEmpty() };
@id("wild") @hard @advice("Name one.") forbid (principal, action, resource) when { !context.facts.wildcards.isEmpty() };
@id("look") permit (principal, action in [Action::"docs/owner_of", Action::"docs/find"], resource is Tool);
`;

/** A tool that takes anything under these names. */
const tool = (name: string, ...takes: string[]) =>
  anyTool(name, { inputSchema: { type: 'object', properties: Object.fromEntries(takes.map((one) => [one, {}])) } });

/** Documents d1, d2 are ann's, the others somebody else's. */
const ownerOf = (id: unknown): string => (id === 'd1' || id === 'd2' ? 'ann' : 'zoe');

describe('objects deep within arguments', () => {
  const served = serveScripted({
    tools: [tool('owner_of', 'id'), tool('move', 'steps', 'item_ids'), tool('find', 'filter', 'where', 'query')],
    behaviour: ({ tool, args }) =>
      tool === 'owner_of'
        ? { ...textResult('x'), structuredContent: { owner: ownerOf(args['id']) } }
        : textResult('moved'),
    policies: { 'docs.cedar': POLICY },
    config: (url) => {
      const resolver = { tool: 'owner_of', argument: 'id', owner: '/structuredContent/owner', ttl: '1s' };
      return {
        upstreams: {
          docs: {
            url,
            definitions: 'trust_on_first_use',
            tools: {
              owner_of: { effect: 'read' },
              find: { effect: 'read' },
              move: {
                effect: 'write',
                resources: [{ argument: '/steps/*/what/doc', type: 'Doc', resolver }],
              },
            },
          },
        },
      };
    },
  });

  const move = (...docs: unknown[]) =>
    callTool(served.sallyport, ANN.token, ['docs__move', { steps: docs.map((doc) => ({ what: { doc } })) } as never]);
  const moves = () => served.upstream.calls.filter(({ tool }) => tool === 'move').length;

  it('refuses when one of many, deep within, is somebody else’s', async () => {
    for (const docs of [['d3'], ['d1', 'd3'], ['d3', 'd1', 'd2'], ['d1', 'd1', 'd1', 'd3']]) {
      const { meta } = await move(...docs);
      expect(meta).toMatchObject({ decision: 'deny', reason: 'not_owner' });
      expect(decisionOn(served.scratch.data, meta?.id ?? '').resources).toHaveLength(docs.length);
    }
    expect(moves()).toBe(0);
  });

  it.each([
    ['a number where an id should be', [7]],
    ['nothing where an id should be', [null]],
    ['an object where an id should be', [{ id: 'd1' }]],
    ['no object at all', []],
  ])('does not let %s through', async (_, docs) => {
    const { meta } = await move(...docs);
    expect(meta?.decision).toBe('deny');
    expect(moves()).toBe(0);
  });

  it.each([
    ['*', 'wildcard_argument'],
    ['％', 'wildcard_argument'],
    ['d\u200b*', 'wildcard_argument'],
    ['.*', 'wildcard_argument'],
  ])('refuses the wildcard %j deep within', async (doc, reason) => {
    expect((await move('d1', doc)).meta).toMatchObject({ decision: 'deny', reason });
    expect(moves()).toBe(0);
  });

  it.each([{ filter: {} }, { where: '' }, { query: null }])('refuses the empty filter %j', async (args) => {
    const { meta } = await callTool(served.sallyport, ANN.token, ['docs__find', args]);
    expect(meta).toMatchObject({ decision: 'deny', reason: 'unbounded_query' });
    expect(decisionOn(served.scratch.data, meta?.id ?? '').facts.unbounded).toHaveLength(1);
  });

  it('lets ann move what is hers', async () => {
    expect((await move('d1', 'd2')).meta?.decision).toBe('allow');
    expect(moves()).toBe(1);
  });

  it('counts objects, not the items of one object; of an id that is empty it says so', async () => {
    const item_ids = Array.from({ length: 12 }, (_, at) => `item-${at}`);
    const moveItems = (doc: string) =>
      callTool(served.sallyport, ANN.token, ['docs__move', { steps: [{ what: { doc } }], item_ids } as never]);
    const own = await moveItems('d1');
    expect(own.meta?.decision).toBe('allow');
    expect(decisionOn(served.scratch.data, own.meta?.id ?? '').facts.bulk).toBe(1);
    expect((await moveItems('')).meta).toMatchObject({ decision: 'deny', reason: 'unbounded_query' });
    expect((await moveItems('d3')).meta).toMatchObject({ decision: 'deny', reason: 'not_owner' });
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});
