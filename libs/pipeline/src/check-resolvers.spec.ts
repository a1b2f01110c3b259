import type { CatalogTool, Finding, JsonObject, ResourceRule } from '@sallyport/contracts';
import { checkResolvers } from './check-resolvers.ts';

const resolver: NonNullable<ResourceRule['resolver']> = {
  tool: 'get_order',
  argument: 'order_id',
  owner: '/structuredContent/customer',
  version: '/structuredContent/updated_at',
  attributes: { total: '/structuredContent/total', note: '/structuredContent/note' },
  sample: '1001',
  ttl: 0,
  timeout: 1_000,
};

/** What the check says of one resolver whose sample is answered with these values. */
async function found(sample: JsonObject, changes: Partial<typeof resolver> = {}): Promise<Finding | undefined> {
  const rule = { argument: '/order_id', type: 'Order', resolver: { ...resolver, ...changes } };
  const tool = { upstream: 'shop', name: 'get_order', effect: 'read', resources: [rule] } as Partial<CatalogTool>;
  const [finding] = await checkResolvers({
    catalog: { find: () => tool as CatalogTool, all: () => [tool as CatalogTool], version: 1 },
    upstreams: new Map([
      [
        'shop',
        {
          id: 'shop',
          list: async () => [],
          send: async ({ arguments: { order_id } }) => ({
            kind: 'result',
            result: order_id === '1001' ? { structuredContent: sample } : { isError: true },
          }),
        },
      ],
    ]),
    resolvers: { per_subject: 1, in_flight: 8 },
  });
  return finding;
}

const whole = { customer: 'alice', updated_at: '1', total: 0, note: '' };

describe('the sample of a resolver', () => {
  it.each<[string, JsonObject, string]>([
    ['no version', { ...whole, updated_at: null }, 'version (/structuredContent/updated_at)'],
    ['no owner', { ...whole, customer: null }, 'owner (/structuredContent/customer)'],
    ['an attribute less', { customer: 'alice', updated_at: '1', total: 0 }, 'note (/structuredContent/note)'],
    ['an attribute of null', { ...whole, note: null }, 'note (/structuredContent/note)'],
    ['nothing', {}, 'owner (/structuredContent/customer), version (/structuredContent/updated_at), total'],
  ])('with %s is a finding that says what is missing and where', async (_, sample, missing) => {
    expect(await found(sample)).toMatchObject({
      fires: false,
      detail: expect.stringContaining(`the answer about 1001 lacks ${missing}`),
      hint: expect.stringContaining('sample'),
    });
  });

  it('with a value that can’t be taken is a finding, too', async () => {
    expect(await found({ ...whole, updated_at: { at: 1 } })).toMatchObject({ fires: false });
  });

  it('that has all of it fires', async () => {
    expect(await found(whole)).toMatchObject({ fires: true });
  });
});
