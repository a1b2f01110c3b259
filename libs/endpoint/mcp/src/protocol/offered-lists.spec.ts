import type { TargetKind } from '@sallyport/contracts';
import { type RunningEndpoint, runEndpoint } from '../testing/running-endpoint.ts';

const listed = { listChanged: true };
const all = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

describe('what an endpoint says that it has', () => {
  let run: RunningEndpoint;
  beforeEach(async () => void (run = await runEndpoint()));
  afterEach(() => run.close());

  it.each<[readonly TargetKind[], object]>([
    [['tool'], { tools: listed }],
    [[], { tools: listed }],
    [['prompt'], { tools: listed, prompts: listed, completions: {} }],
    [['resource', 'template'], { tools: listed, resources: listed, completions: {} }],
  ])('where upstreams offer %j, in both eras', async (offered, declared) => {
    run.gateway.offered = offered;
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
    for (const { json } of [await run.modern('server/discover'), await run.legacy('initialize', params)])
      expect(json.result?.['capabilities']).toEqual({ ...declared, logging: {} });
    expect((await run.modern('prompts/list')).json.error).toBeUndefined();
  });

  it.each<[readonly TargetKind[], object, object]>([
    [['tool'], all, { toolsListChanged: true }],
    [['tool', 'prompt', 'resource'], all, all],
    [['prompt'], { promptsListChanged: true, toolsListChanged: false }, { promptsListChanged: true }],
  ])('where they offer %j, %j is asked for, and %j is told', async (offered, notifications, told) => {
    run.gateway.offered = offered;
    const following = run.modern('subscriptions/listen', { notifications: { ...notifications } });
    while (run.gateway.lists === 0) await new Promise((resolve) => setImmediate(resolve));
    void run.endpoint.drain();
    const { text } = await following;
    const [first = ''] = text.split('\n\n');
    const { params } = JSON.parse(first.slice(first.indexOf('{'))) as { params: { notifications: object } };
    expect(params.notifications).toEqual(told);
  });

  it('a stream of nothing ends at once, and there is none of what there is not', async () => {
    const { text } = await run.modern('subscriptions/listen', { notifications: {} });
    expect(text).toMatch(/"notifications":\{\}[^]*"resultType":"complete"/);
    const notifications = { toolsListChanged: true };
    const nowhere = await run.modern('subscriptions/listen', { notifications }, { path: '/mcp/nowhere' });
    expect([nowhere.status, run.gateway.refusals]).toEqual([404, ['unknown_endpoint']]);
  });
});

it('a long list comes in pages that are asked for one after another', async () => {
  const run = await runEndpoint();
  run.gateway.listed.resource = Array.from({ length: 230 }, (_, at) => ({ uri: `file:///${at}`, name: `n${at}` }));
  const seen: unknown[] = [];
  let cursor: unknown;
  do {
    const { json } = await run.modern('resources/list', typeof cursor === 'string' ? { cursor } : {});
    expect(json.result).toMatchObject({ resultType: 'complete', cacheScope: 'private' });
    seen.push(...(json.result?.['resources'] as { uri: string }[]).map(({ uri }) => uri));
    cursor = json.result?.['nextCursor'];
  } while (cursor !== undefined);
  expect(seen).toEqual(Array.from({ length: 230 }, (_, at) => `shop+file:///${at}`));
  await run.close();
});
