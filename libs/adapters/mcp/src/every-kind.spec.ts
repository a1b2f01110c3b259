import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { toNodeHandler } from '@modelcontextprotocol/node';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHandler, Server as ModernServer } from '@modelcontextprotocol/server';
import { configSchema, type ResourceListener, type SentCall, type TargetKind } from '@sallyport/contracts';
import { until } from '@sallyport/testing';
import { answers, capabilities, everyKind, info, tellChanges } from '../test/every-kind.ts';
import { clock, upstreamAt } from '../test/http-upstream.ts';
import { sending } from '../test/sending.ts';
import type { ManagedUpstream } from './managed-upstream.ts';
import { createStdioUpstream } from './stdio/stdio-upstream.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

let http: HttpServer | null = null;
let upstream: ManagedUpstream;
let requests: IncomingMessage['headers'][];
/** Has the server say that its prompts and resources have changed. */
let change: () => unknown;
let offersAll: boolean;
/** What servers with a handshake were asked about subscriptions. */
let subscribed: string[];
/** Has the server say that what is subscribed to has changed. */
let update: () => unknown;

async function serve(path: string, handle: Handle): Promise<void> {
  requests = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    void handle(request, response);
  });
  http = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  upstream = upstreamAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
}

/** A server that tells its changes to each client that holds a stream. */
function started(): Server {
  const server = everyKind((asked) => void subscribed.push(asked), offersAll);
  const before = change;
  change = () => void [before(), tellChanges(server).catch(() => undefined)];
  return server;
}

function startLegacy(): Promise<void> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  return serve('/mcp', async (request, response) => {
    const known = sessions.get(String(request.headers['mcp-session-id']));
    if (known !== undefined) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => `s${sessions.size + 1}`,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await started().connect(transport as never);
    await transport.handleRequest(request, response);
  });
}

function startSse(): Promise<void> {
  const streams = new Map<string, SSEServerTransport>();
  return serve('/sse', async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const known = streams.get(url.searchParams.get('sessionId') ?? '');
    if (request.method === 'POST' && known !== undefined) return known.handlePostMessage(request, response);
    if (request.method !== 'GET') return response.writeHead(404).end();
    const transport = new SSEServerTransport('/messages', response);
    streams.set(transport.sessionId, transport);
    return started().connect(transport as never);
  });
}

function startModern(): Promise<void> {
  const handler = createMcpHandler(modern, { legacy: 'reject' });
  change = () => {
    handler.notify.promptsChanged();
    handler.notify.resourcesChanged();
  };
  update = () => handler.notify.resourceUpdated('note:///é');
  return serve('/mcp', toNodeHandler(handler) as Handle);
}

function modern(): ModernServer {
  const server = new ModernServer(info, { capabilities: offersAll ? capabilities : { tools: {} } });
  server.setRequestHandler('tools/list', answers.tools);
  if (!offersAll) return server;
  server.setRequestHandler('prompts/list', answers.prompts);
  server.setRequestHandler('resources/list', answers.resources);
  server.setRequestHandler('resources/templates/list', answers.templates);
  server.setRequestHandler('prompts/get', ({ params }) => answers.prompt(params));
  server.setRequestHandler('resources/read', ({ params }) => answers.resource(params));
  server.setRequestHandler('completion/complete', ({ params }) => answers.completion(params as never));
  return server;
}

async function startProgram(): Promise<void> {
  const mode = offersAll ? [] : ['quiet'];
  change = () => upstream.send(sent('resources/read', 'resource', 'note:///changed'), sending());
  const command = ['node', fileURLToPath(new URL('../test/every-kind-program.ts', import.meta.url)), ...mode];
  const { u } = configSchema.parse({ upstreams: { u: { command, share: 'all' } } }).upstreams;
  upstream = createStdioUpstream({
    id: 'u',
    config: u as never,
    baseDir: '.',
    env: process.env,
    clock,
    log: () => undefined,
  });
}

beforeEach(() => {
  [http, offersAll] = [null, true];
  change = () => undefined;
  subscribed = [];
  update = () => upstream.send(sent('resources/read', 'resource', 'note:///changed'), sending());
});
afterEach(async () => {
  await upstream.close();
  http?.closeAllConnections();
  await new Promise((resolve) => (http === null ? resolve(null) : http.close(resolve)));
});

const sent = (action: SentCall['action'], kind: TargetKind, name: string, args = {}): SentCall => ({
  action,
  target: { kind, name },
  arguments: args,
  traceparent: null,
});
const argument = { name: 'day', value: 'm' };

function listening(): ResourceListener & { readonly stop: AbortController; heard: number; end: string | null } {
  const stop = new AbortController();
  return {
    stop,
    signal: stop.signal,
    heard: 0,
    end: null,
    updated() {
      this.heard += 1;
    },
    ended(why) {
      this.end = why;
    },
  };
}

const transports = [
  ['Streamable HTTP of a legacy server', startLegacy],
  ['Streamable HTTP of a modern server', startModern],
  ['HTTP+SSE', startSse],
  ['standard streams', startProgram],
] as const;

describe.each(transports)('every kind over %s', (_, start) => {
  it('is listed', async () => {
    await start();
    expect(await upstream.list('tool')).toMatchObject([{ name: 'greet' }]);
    expect(await upstream.list('prompt')).toEqual(answers.prompts().prompts);
    expect(await upstream.list('resource')).toEqual(answers.resources().resources);
    expect(await upstream.list('template')).toEqual(answers.templates().resourceTemplates);
  });

  it('is called', async () => {
    await start();
    const outcomeOf = (call: SentCall) => upstream.send(call, sending());
    expect(await outcomeOf(sent('prompts/get', 'prompt', 'grüße', { who: 'ann' }))).toMatchObject({
      result: { messages: [{ content: { text: 'grüße ann' } }] },
    });
    expect(await outcomeOf(sent('resources/read', 'resource', 'note:///é'))).toMatchObject({
      result: { contents: [{ uri: 'note:///é', text: 'text of note:///é' }] },
    });
    expect(await outcomeOf(sent('completion/complete', 'prompt', 'grüße', { argument }))).toMatchObject({
      result: { completion: { values: ['grüße day=m'] } },
    });
    expect(await outcomeOf(sent('completion/complete', 'template', 'day:///{day}', { argument }))).toMatchObject({
      result: { completion: { values: ['day:///{day} day=m'] } },
    });
  });

  describe('a resource', () => {
    const subscribe = (listener: ResourceListener, uri = 'note:///é') =>
      upstream.send(sent('resources/subscribe', 'resource', uri), sending({ listener }));

    it('is subscribed to at no server that does not declare it', async () => {
      offersAll = false;
      await start();
      expect(await subscribe(listening())).toMatchObject({ reason: 'upstream_no_subscriptions', sent: false });
      expect(subscribed).toEqual([]);
    });

    it('is not subscribed to for who is gone', async () => {
      await start();
      const gone = listening();
      gone.stop.abort();
      expect(await subscribe(gone)).toMatchObject({ reason: 'cancelled' });
    });

    it('is heard of by each that listens, until they stop, and no other is', async () => {
      await start();
      const [one, two, other] = [listening(), listening(), listening()];
      const outcomes = await Promise.all([subscribe(one), subscribe(two), subscribe(other, 'note:///other')]);
      expect(outcomes).toMatchObject([{ kind: 'result' }, { kind: 'result' }, { kind: 'result' }]);
      await update();
      await until(() => one.heard > 0 && two.heard > 0);
      one.stop.abort();
      const [before, also] = [one.heard, two.heard];
      await update();
      await until(() => two.heard > also);
      expect(one.heard).toBe(before);
      expect([one.end, two.end, other.end]).toEqual([null, null, null]);
    });
  });

  it('is heard when its list has changed, each for itself', async () => {
    await start();
    const heard = new Set<TargetKind>();
    upstream.onChanged((kind) => void heard.add(kind));
    await upstream.list('prompt');
    // Again and again: nothing tells when the server has taken the stream.
    await until(() => {
      change();
      return heard.size === 3;
    });
    expect([...heard]).toEqual(['prompt', 'resource', 'template']);
  });
});

it.each([
  ['prompts/get', 'prompt', 'greet', 'greet'],
  ['resources/read', 'resource', 'note:///é', '=?base64?bm90ZTovLy/DqQ==?='],
  ['completion/complete', 'prompt', 'greet', undefined],
] as const)('Mcp-Name mirrors what %s means at a modern server', async (action, kind, name, mirrored) => {
  await startModern();
  await upstream.send(sent(action, kind, name, { argument }), sending());
  expect(requests.at(-1)).toMatchObject({ 'mcp-method': action });
  expect(requests.at(-1)?.['mcp-name']).toBe(mirrored);
});

it('a modern server is asked for what it declares, also where it declares more than before', async () => {
  offersAll = false;
  await startModern();
  expect(await upstream.list('prompt')).toEqual([]);
  expect(await upstream.list('tool')).toHaveLength(1);
  expect(requests.map((headers) => headers['mcp-method'])).not.toContain('prompts/list');
  offersAll = true;
  expect(await upstream.list('prompt')).toHaveLength(1);
});

describe('a subscription', () => {
  const subscribe = (listener: ResourceListener, uri = 'note:///é') =>
    upstream.send(sent('resources/subscribe', 'resource', uri), sending({ listener }));

  it('that the server refuses is nobody’s, and its own answer is told', async () => {
    await startLegacy();
    expect(await subscribe(listening(), 'none:///1')).toMatchObject({ kind: 'error', message: 'no such resource' });
    expect(await subscribe(listening(), 'none:///1')).toMatchObject({ kind: 'error' });
  });

  it('is one at the server, however many listen, and ends with the last', async () => {
    await startLegacy();
    const [one, two] = [listening(), listening()];
    await Promise.all([subscribe(one), subscribe(two)]);
    one.stop.abort();
    two.stop.abort();
    await until(() => subscribed.length === 2);
    expect(subscribed).toEqual(['+note:///é', '-note:///é']);
    expect(await subscribe(listening())).toMatchObject({ kind: 'result' });
    expect(subscribed).toEqual(['+note:///é', '-note:///é', '+note:///é']);
  });

  it('is a stream of its own at a modern server, one however many listen', async () => {
    await startModern();
    await upstream.list('tool');
    await Promise.all([subscribe(listening()), subscribe(listening())]);
    expect(requests.filter((headers) => headers['mcp-method'] === 'subscriptions/listen')).toHaveLength(1);
  });

  it.each([
    ['Streamable HTTP', startLegacy],
    ['a modern server', startModern],
    ['HTTP+SSE', startSse],
  ])('is lost, and can be made again, when the stream ends: %s', async (_, start) => {
    await start();
    const lost = listening();
    await subscribe(lost);
    http?.closeAllConnections();
    await until(() => lost.end !== null);
    const again = listening();
    while ((await subscribe(again)).kind !== 'result') await sleep(50);
    await until(() => {
      update();
      return again.heard > 0;
    });
    expect(lost.heard).toBe(0);
  });

  it('is lost when the upstream closes', async () => {
    await startProgram();
    const lost = listening();
    await subscribe(lost);
    await upstream.close();
    expect(lost.end).toBe('the upstream is closed');
  });
});
