import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { type Outcome, type SendOptions, type ServerMessage, toolTarget } from '@sallyport/contracts';
import { forms, upstreamAt } from '../../test/http-upstream.ts';
import { sending, session } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

let http: HttpServer;
let upstream: ManagedUpstream;
let posted: number;

/** What the tool does while nobody holds the stream of its call. */
type Away = (context: { progress(at: number): Promise<void>; elicit(): Promise<unknown> }) => Promise<string>;

/** A server of the published SDK with an event store, whose tool closes the stream of its call before it works. */
async function start(away: Away, retryInterval?: number): Promise<void> {
  posted = 0;
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  http = createServer((request, response) => {
    const known = sessions.get(String(request.headers['mcp-session-id']));
    if (known !== undefined) return void known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => `s${sessions.size + 1}`,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      eventStore: new InMemoryEventStore(),
      ...(retryInterval !== undefined && { retryInterval }),
    });
    const server = new Server({ name: 'polled', version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
      posted += 1;
      extra.closeSSEStream?.();
      // The store puts events in order by the millisecond: of two within one it may keep the later for the earlier.
      await sleep(5);
      const progressToken = params._meta?.progressToken ?? '';
      const text = await away({
        progress: (progress) =>
          extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress } }),
        elicit: () =>
          server.elicitInput(
            { message: 'Sure?', requestedSchema: { type: 'object', properties: {} } },
            { relatedRequestId: extra.requestId },
          ),
      });
      return { content: [{ type: 'text', text }] };
    });
    server.setRequestHandler(ListToolsRequestSchema, async (_, extra) => {
      posted += 1;
      extra.closeSSEStream?.();
      await sleep(5);
      return { tools: [{ name: 'work', inputSchema: { type: 'object' } }] };
    });
    void server.connect(transport as never).then(() => transport.handleRequest(request, response));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  upstream = upstreamAt(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`, { client_requests: forms });
}

const call = (options: Partial<SendOptions> = {}): Promise<Outcome> =>
  upstream.send(
    { action: 'tools/call', target: toolTarget('work'), arguments: {}, traceparent: null },
    sending(options),
  );

afterEach(async () => {
  await upstream.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  expect(posted).toBe(1);
});

describe('a server that closes the stream of a call and answers on another', () => {
  it('gives an answer that was there before we came back', async () => {
    await start(async () => 'early', 100);
    expect(await call()).toMatchObject({ kind: 'result', result: { content: [{ text: 'early' }] } });
  });

  it('gives an answer that comes long after', async () => {
    await start(() => sleep(800, 'late'), 100);
    expect(await call()).toMatchObject({ kind: 'result', result: { content: [{ text: 'late' }] } });
  });

  it('gives its list so, too', async () => {
    await start(async () => '', 100);
    expect(await upstream.list('tool')).toEqual([{ name: 'work', inputSchema: { type: 'object' } }]);
  });

  it('gives an answer where it does not say when to come back', async () => {
    await start(() => sleep(100, 'unsaid'));
    expect(await call()).toMatchObject({ kind: 'result', result: { content: [{ text: 'unsaid' }] } });
  });

  it('relays progress, each once', async () => {
    await start(async ({ progress }) => {
      await progress(1);
      await sleep(400);
      await progress(2);
      return 'done';
    }, 100);
    const heard: ServerMessage[] = [];
    const notify = (message: ServerMessage): void => void heard.push(message);
    expect(await call({ progressToken: 'p', notify })).toMatchObject({ kind: 'result' });
    expect(heard.map(({ params }) => params['progress'])).toEqual([1, 2]);
  });

  it('asks the client once', async () => {
    await start(async ({ elicit }) => JSON.stringify(await elicit()), 100);
    const asked: ServerMessage[] = [];
    const ask: SendOptions['ask'] = (message) => {
      asked.push(message);
      return Promise.resolve({ result: { action: 'decline' } });
    };
    expect(await call({ session, ask })).toMatchObject({ result: { content: [{ text: '{"action":"decline"}' }] } });
    expect(asked).toHaveLength(1);
  });

  it('is not come back to before the pause that it asks for, also where that is longer than the call may take', async () => {
    await start(async () => 'soon', 60_000);
    expect(await call({ timeoutMs: 1_500 })).toMatchObject({ kind: 'failed', sent: true });
  });

  it('with progress keeps the call beyond its time without any', async () => {
    await start(async ({ progress }) => {
      for (let at = 1; at <= 6; at += 1) {
        await sleep(300);
        await progress(at);
      }
      return 'kept';
    }, 100);
    expect(await call({ progressToken: 'p', timeoutMs: 1_000, limitMs: 10_000 })).toMatchObject({ kind: 'result' });
  });
});
