import type { CatalogTool, ResourceRule, Upstream } from '@sallyport/contracts';
import { parseExact } from '@sallyport/base';
import { sampleCall } from '@sallyport/testing';
import { createFactGatherer, resolve } from './fact-gatherer.ts';

const unversioned: NonNullable<ResourceRule['resolver']> = {
  tool: 'get_order',
  argument: 'order_id',
  owner: '/structuredContent/customer',
  attributes: { note: '/structuredContent/note' },
  ttl: 0,
  timeout: 1_000,
};
const resolver = { ...unversioned, version: '/structuredContent/updated_at' };

function saying(structuredContent: string): Upstream {
  const result = { structuredContent: parseExact(structuredContent) };
  return { id: 'shop', send: async () => ({ kind: 'result', result }), list: async () => [] };
}

describe('what a resolver finds', () => {
  it.each([
    ['no owner', '{"updated_at":"1"}'],
    ['an owner that is no text', '{"updated_at":"1","customer":{"id":"alice"}}'],
    ['a version that is an object, and would never change', '{"customer":"alice","updated_at":{"at":1}}'],
    ['a version that can not be made a text', '{"customer":"alice","updated_at":{"toString":null,"valueOf":null}}'],
    ['an owner beyond 2^53', '{"updated_at":"1","customer":175928847299117063}'],
    ['an owner beyond 2^53 that a double prints as it is', '{"updated_at":"1","customer":175928847299117060}'],
    ['an owner with a fraction', '{"updated_at":"1","customer":7.0}'],
    ['an owner with an exponent', '{"updated_at":"1","customer":1E2}'],
    ['an owner with a sign and nothing else', '{"updated_at":"1","customer":-0}'],
    ['an owner that is true', '{"updated_at":"1","customer":true}'],
    ['a version beyond 2^53', '{"customer":"alice","updated_at":9007199254740993}'],
    ['a version with more digits than fit', '{"customer":"alice","updated_at":1764467167.1234567890123}'],
    ['no version, though one is declared: it could change unseen after a yes', '{"customer":"alice"}'],
    ['a version that is null', '{"customer":"alice","updated_at":null}'],
    ['a version that is an empty text', '{"customer":"alice","updated_at":""}'],
    ['a version that is false', '{"customer":"alice","updated_at":false}'],
    ['an attribute beyond 2^53', '{"updated_at":"1","customer":"alice","note":-9007199254740993}'],
    ['an attribute without end', '{"updated_at":"1","customer":"alice","note":1e400}'],
    ['an attribute with more digits than fit', '{"updated_at":"1","customer":"alice","note":0.30000000000000000001}'],
    [
      'a member beyond 2^53 in an attribute',
      '{"updated_at":"1","customer":"alice","note":[{"of":[9007199254740992]}]}',
    ],
    ['half a character, which can not be recorded', '{"updated_at":"1","customer":"alice","note":"\\ud800"}'],
    [
      'more levels than can be recorded',
      `{"updated_at":"1","customer":"alice","note":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    ],
  ])('is nothing with %s', async (_, said) => {
    expect(await resolve(saying(said), resolver, '1001')).toBeNull();
  });

  it.each([
    ['100.0', 100],
    ['59.90', 59.9],
    ['1e2', 100],
    ['-0', 0],
    ['9007199254740991', 9007199254740991],
  ])('is %s as the number that it is', async (text, number) => {
    const found = await resolve(
      saying(`{"updated_at":"1","customer":"alice","note":[${text},true,null]}`),
      resolver,
      '1001',
    );
    expect(found?.attributes).toEqual({ note: [number, true, null] });
  });

  it('is the owner, the version and the attributes', async () => {
    expect(await resolve(saying('{"customer":7,"updated_at":3,"note":["a"]}'), resolver, '1001')).toEqual({
      owner: '7',
      version: '3',
      attributes: { note: ['a'] },
    });
    expect(await resolve(saying('{"customer":"alice","updated_at":"1"}'), unversioned, '1001')).toEqual({
      owner: 'alice',
      version: null,
      attributes: {},
    });
  });
});

describe('what one resolver found', () => {
  /** Says of each tool whose the object is, and counts how often it was asked. */
  function gathering(owners: Record<string, string>) {
    const asked: string[] = [];
    const upstream = (id: string): Upstream => ({
      id,
      list: async () => [],
      send: async ({ target: { name: tool }, arguments: args }) => {
        asked.push(tool);
        const found = { customer: owners[tool] ?? 'nobody', updated_at: '1', other: 'zoe', of: JSON.stringify(args) };
        return { kind: 'result', result: { structuredContent: found } };
      },
    });
    const digests = { get_order: 'sha256:1' };
    const look = { rule: { argument: 'id', type: 'Order', resolver: { ...resolver, ttl: 10_000 } }, digests };
    const tool = { effect: 'read', definition: {}, resources: [] } as Partial<CatalogTool> as CatalogTool;
    const gatherer = createFactGatherer({
      listed: () => new Map(),
      callFacts: () => ({
        ...{ bulk: 1, bytes: 2, depth: 1, wildcards: [], unbounded: [] },
        objects: [{ type: 'Order', id: '7', pointer: '/id', rule: look.rule }],
      }),
      catalog: {
        find: (_, { name }) => ({ ...tool, digest: name === 'get_order' ? look.digests.get_order : null }),
        ...{ all: () => [], version: 1 },
      },
      upstreams: new Map(['shop', 'store'].map((id) => [id, upstream(id)])),
      clock: { now: () => 0, monotonic: () => 0 },
      resolvers: { per_subject: 100, in_flight: 8 },
    });
    const ownerFor = async (
      changes: Partial<typeof resolver>,
      call: Parameters<typeof sampleCall>[0] = { upstream: 'shop' },
    ) => {
      look.rule = { ...look.rule, resolver: { ...look.rule.resolver, ...changes } };
      return (await gatherer.gather(sampleCall(call))).resources[0]?.owner;
    };
    return { asked, look, ownerFor };
  }

  it.each([
    ['another tool', { tool: 'get_invoice' }],
    ['another argument', { argument: 'id' }],
    ['another owner', { owner: '/structuredContent/other' }],
    ['another version', { version: '/structuredContent/of' }],
    ['other attributes', { attributes: { total: '/structuredContent/of' } }],
  ])('says nothing of a resolver of the same type with %s', async (_, other) => {
    const { asked, ownerFor } = gathering({ get_order: 'bob', get_invoice: 'ann' });
    await ownerFor({});
    await ownerFor(other);
    await ownerFor(other);
    expect(asked).toHaveLength(2);
    if ('tool' in other) expect(await ownerFor(other)).toBe('ann');
  });

  it('says nothing to another tenant or upstream, nor once the resolver tool was defined otherwise', async () => {
    const { asked, look, ownerFor } = gathering({ get_order: 'bob' });
    await ownerFor({});
    await ownerFor({}, { upstream: 'shop', tenant: 'other' });
    await ownerFor({}, { upstream: 'store' });
    look.digests.get_order = 'sha256:2';
    await ownerFor({});
    expect(asked).toHaveLength(4);
  });
});

describe('places in facts', () => {
  it('are named by declared arguments alone: what a client calls its members stays out', () => {
    const definition = { inputSchema: { properties: { order_id: { type: 'string' }, 'a/b': {} } } };
    const tool = {
      upstream: 'shop',
      name: 'get_order',
      definition,
      resources: [],
    } as Partial<CatalogTool> as CatalogTool;
    const gatherer = createFactGatherer({
      listed: () => new Map(),
      callFacts: () => ({
        objects: [],
        bulk: 0,
        bytes: 2,
        depth: 1,
        wildcards: ['/order_id/bob@private.example', '/order_id', '/bob@private.example'],
        unbounded: ['/a~1b/0'],
      }),
      catalog: { find: () => tool, all: () => [tool], version: 1 },
      upstreams: new Map(),
      clock: { now: () => 0, monotonic: () => 0 },
      resolvers: { per_subject: 1, in_flight: 1 },
    });
    expect(gatherer.fromArguments(sampleCall(), tool)).toMatchObject({
      wildcards: ['/order_id', '/*'],
      unbounded: ['/a~1b'],
    });
  });
});
