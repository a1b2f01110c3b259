import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ANN,
  eventually,
  faultsIn,
  makeScratch,
  type NewsServer,
  recordedOf,
  refusal,
  serve,
  startNewsServer,
  storyOf,
  trusted,
} from '@sallyport/testing/harness';

const policy = (like: string) => `
@id("tools") permit (principal, action, resource is Tool);
@id("news") permit (
  principal,
  action in [Action::"mcp:resources/read", Action::"mcp:resources/subscribe"],
  resource is Mcp::Resource
) when { resource.uri like "${like}" };
@id("read") permit (principal, action == Action::"mcp:resources/read", resource) when { resource.uri == "news://read" };
`;

describe.each(['legacy', 'modern'] as const)('subscriptions to resources of a server, %s', (era) => {
  let news: NewsServer;
  beforeAll(async () => {
    news = await startNewsServer(era);
  });
  const served = serve(() =>
    makeScratch({
      policies: { 'news.cedar': policy('news://open*') },
      config: trusted(news.url, { offers: ['tools', 'resources'], share: 'all' }),
    }),
  );
  afterAll(() => news.close());

  const endpoint = (path: string) => new URL(`${served.sallyport.url}${path}`);
  const options = { requestInit: { headers: { authorization: `Bearer ${ANN.token}` } } };

  async function legacy(path: string) {
    const client = new ClientV1({ name: 'e2e', version: '1' });
    const heard: string[] = [];
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void heard.push(params.uri));
    await client.connect(new TransportV1(endpoint(path), options) as Parameters<ClientV1['connect']>[0]);
    return { client, heard };
  }

  async function modern(path: string) {
    const client = new Client({ name: 'e2e', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri));
    await client.connect(new StreamableHTTPClientTransport(endpoint(path), options));
    return { client, heard };
  }

  it('are not made where policies don’t permit them, and nothing of that reaches the server', async () => {
    const { client } = await legacy('/mcp/up');
    expect(client.getServerCapabilities()).toMatchObject({ resources: { subscribe: true } });
    const other = await refusal(client.subscribeResource({ uri: 'news://secret' }));
    expect(other).toMatchObject({ code: -32000, reason: 'not_permitted' });
    expect(storyOf(served.scratch.data, other.id ?? '')).toEqual(['deny', 'not_permitted']);
    expect(await refusal(client.subscribeResource({ uri: 'news://read' }))).toMatchObject({ reason: 'not_permitted' });
    const spelled = await refusal(client.subscribeResource({ uri: 'news://open/../secret' }));
    expect(spelled.reason).toBe('not_normal_form');
    expect(news.subscribed()).toEqual([]);
    await client.close();
  });

  it('are told to a client with a session by the name that it has for it, as long as it wants', async () => {
    const own = await legacy('/mcp/up');
    const all = await legacy('/mcp');
    await own.client.subscribeResource({ uri: 'news://open/1' });
    await all.client.subscribeResource({ uri: 'up+news://open/1' });
    await eventually(() => {
      news.update('news://open/1');
      return own.heard.length > 0 && all.heard.length > 0;
    });
    expect([own.heard[0], all.heard[0]]).toEqual(['news://open/1', 'up+news://open/1']);
    expect(news.subscribed()).toEqual(['news://open/1']);
    await own.client.unsubscribeResource({ uri: 'news://open/1' });
    await all.client.unsubscribeResource({ uri: 'up+news://open/1' });
    await eventually(() => news.subscribed().length === 0);
    await own.client.close();
    await all.client.close();
  });

  it('are told to a client of the stateless revision on the stream that it asks for', async () => {
    const { client, heard } = await modern('/mcp');
    await expect(client.listen({ resourceSubscriptions: ['up+news://secret'] })).rejects.toMatchObject({
      code: -32000,
    });
    const uris = ['up+news://open/2', 'up+news://secret'];
    const subscription = await client.listen({ resourceSubscriptions: uris });
    expect(subscription.honoredFilter).toEqual({ resourceSubscriptions: ['up+news://open/2'] });
    await eventually(() => {
      news.update('news://open/2');
      return heard.length > 0;
    });
    expect(heard[0]).toBe('up+news://open/2');
    await subscription.close();
    await eventually(() => news.subscribed().length === 0);
    await client.close();
  });

  it('outlive a restart of the server, and count as updated then', async () => {
    const { client, heard } = await legacy('/mcp/up');
    await client.subscribeResource({ uri: 'news://open/3' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    heard.length = 0;
    news.dropConnections();
    await eventually(() => heard.length > 0);
    await client.unsubscribeResource({ uri: 'news://open/3' });
    await eventually(() => news.subscribed().length === 0);
    await client.close();
  });

  it('end when policies permit it no more', async () => {
    const old = await legacy('/mcp/up');
    const { client, heard } = await modern('/mcp/up');
    await old.client.subscribeResource({ uri: 'news://open/4' });
    const subscription = await client.listen({ resourceSubscriptions: ['news://open/4'] });
    writeFileSync(join(served.scratch.directory, 'policies', 'news.cedar'), policy('news://other*'));
    await eventually(async () => {
      const { reason } = await refusal(client.readResource({ uri: 'news://open/4' })).catch(() => ({ reason: '' }));
      return reason !== '';
    });
    [old.heard.length, heard.length] = [0, 0];
    await eventually(() => {
      news.update('news://open/4');
      return news.subscribed().length === 0;
    });
    expect([old.heard, heard]).toEqual([[], []]);
    expect(await subscription.closed).toBe('graceful');
    await client.close();
    await old.client.close();
  });

  it('are on record as decisions, without the URI', () => {
    expect(faultsIn(served.scratch.data, ['news://open', 'news://secret'])).toEqual([]);
    const decided = recordedOf(served.scratch.data, 'call.decided').map(({ data }) => data);
    const made = decided.filter(({ action }) => action === 'resources/subscribe');
    expect(made.length).toBeGreaterThan(5);
    expect(made[0]).toMatchObject({ tool: 'resource:*', target: { kind: 'resource', name: '*' }, upstream: 'up' });
  });
});
