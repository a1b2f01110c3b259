import { createServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import { Server as V1Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { Server as V2Server, createMcpHandler } from '@modelcontextprotocol/server';
import { type JsonObject, type SendOptions, type ServerMessage, toolTarget } from '@sallyport/contracts';
import { until } from '@sallyport/testing';
import { forms, upstreamAt } from '../../test/http-upstream.ts';
import { sending, session } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

const tools = ['slow', 'greet', 'ask'].map((name) => ({ name, inputSchema: { type: 'object' as const } }));
tools.push({
  name: 'region',
  inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
} as never);
const info = { name: 'real', version: '1' };
const instructions = 'Greet before you ask.';
const events: string[] = [];
const closing: (() => Promise<unknown>)[] = [];
let requests: IncomingMessage['headers'][];
let notifyModern: () => void;
let notifyLegacy: (() => Promise<void>)[];

interface Context {
  readonly signal: AbortSignal;
  readonly token: string | number | undefined;
  notify(message: { method: string; params: Record<string, unknown> }): Promise<void>;
  elicit?(): Promise<unknown>;
}

async function run(
  name: string,
  { signal, token, notify, elicit }: Context,
): Promise<{ content: { type: 'text'; text: string }[] }> {
  if (name === 'slow') {
    signal.addEventListener('abort', () => void events.push('aborted'));
    events.push('slow');
    await sleep(10_000, undefined, { signal }).catch(() => undefined);
  }
  if (token !== undefined)
    await notify({ method: 'notifications/progress', params: { progressToken: token, progress: 1 } });
  const text = name === 'ask' ? JSON.stringify(await elicit?.()) : 'hello';
  return { content: [{ type: 'text', text }] };
}

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<string> {
  requests = [];
  const server: HttpServer = createServer((request, response) => {
    requests.push(request.headers);
    void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

/** A legacy server on SDK v1, a session for each `initialize`. */
function startV1(): Promise<string> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  notifyLegacy = [];
  return listen(async (request, response) => {
    const known = sessions.get(String(request.headers['mcp-session-id']));
    if (known !== undefined) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => `s${sessions.size + 1}`,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = new V1Server(info, { capabilities: { tools: { listChanged: true } }, instructions });
    notifyLegacy.push(() => server.sendToolListChanged());
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
    server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) =>
      run(params.name, {
        signal: extra.signal,
        token: params._meta?.progressToken,
        notify: (message) => extra.sendNotification(message as never),
        elicit: () =>
          server.elicitInput(
            { message: 'Sure?', requestedSchema: { type: 'object', properties: {} } },
            { relatedRequestId: extra.requestId },
          ),
      }),
    );
    await server.connect(transport as never);
    await transport.handleRequest(request, response);
  });
}

/** A modern server on SDK v2 that refuses legacy clients. */
function startV2(): Promise<string> {
  const handler = createMcpHandler(
    () => {
      const server = new V2Server(info, { capabilities: { tools: { listChanged: true } }, instructions });
      server.setRequestHandler('tools/list', () => ({ tools }));
      server.setRequestHandler('tools/call', ({ params }, { mcpReq }) =>
        run(params.name, {
          signal: mcpReq.signal,
          token: mcpReq._meta?.progressToken,
          notify: (message) => mcpReq.notify(message as never),
        }),
      );
      return server;
    },
    { legacy: 'reject' },
  );
  notifyModern = () => handler.notify.toolsChanged();
  return listen(toNodeHandler(handler) as (request: IncomingMessage, response: ServerResponse) => Promise<void>);
}

/** A stateless legacy server on SDK v2: no sessions, and no stream to listen on. */
function startStateless(): Promise<string> {
  return listen(async (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const server = new V2Server(info, { capabilities: { tools: {} }, instructions });
    server.setRequestHandler('tools/list', () => ({ tools }));
    server.setRequestHandler('tools/call', ({ params }, { mcpReq }) =>
      run(params.name, {
        signal: mcpReq.signal,
        token: mcpReq._meta?.progressToken,
        notify: (message) => mcpReq.notify(message as never),
      }),
    );
    const transport = new NodeStreamableHTTPServerTransport({});
    await server.connect(transport);
    await transport.handleRequest(request, response);
  });
}

let upstream: ManagedUpstream;

function connect(url: string): void {
  upstream = upstreamAt(url, { client_requests: forms }, { secrets: () => ({ authorization: 'Bearer ours' }) });
}

const call = (tool: string, args: JsonObject = {}) => ({
  action: 'tools/call' as const,
  target: toolTarget(tool),
  arguments: args,
  traceparent: null,
});

afterEach(async () => {
  await upstream.close();
  await Promise.all(closing.splice(0).map((close) => close()));
  events.length = 0;
});

const kinds = [
  ['legacy, SDK v1 with sessions', startV1],
  ['modern, SDK v2', startV2],
  ['legacy, SDK v2 without sessions', startStateless],
] as const;

describe.each(kinds)('a real server: %s', (_, start) => {
  it('lists and runs its tools, with our own credential', async () => {
    connect(await start());
    expect(upstream.instructions()).toBeNull();
    expect((await upstream.list('tool')).map(({ name }) => name)).toEqual(['slow', 'greet', 'ask', 'region']);
    expect(upstream.instructions()).toBe(instructions);
    expect(upstream.capabilities()).toHaveProperty('tools');
    expect(await upstream.send(call('greet'), sending())).toMatchObject({
      kind: 'result',
      result: { content: [{ type: 'text', text: 'hello' }] },
    });
    expect(upstream.state()).toBe('up');
    expect(requests.every(({ authorization }) => authorization === 'Bearer ours')).toBe(true);
  });

  it('reports progress under the client’s token', async () => {
    connect(await start());
    const heard: ServerMessage[] = [];
    const notify = (message: ServerMessage): void => void heard.push(message);
    await upstream.send(call('greet'), sending({ progressToken: 'p1', notify }));
    expect(heard).toEqual([{ method: 'notifications/progress', params: { progressToken: 'p1', progress: 1 } }]);
  });
});

// A server without sessions has nothing that ties a cancellation to its call.
describe.each(kinds.slice(0, 2))('a real server: %s', (_, start) => {
  it('is told of a cancelled call', async () => {
    connect(await start());
    const controller = new AbortController();
    const outcome = upstream.send(call('slow'), sending({ signal: controller.signal }));
    await until(() => events.includes('slow'));
    controller.abort();
    expect(await outcome).toMatchObject({ kind: 'failed', reason: 'cancelled', sent: true });
    await until(() => events.includes('aborted'));
  });
});

describe('a session of the client', () => {
  it('is refused an answer where nobody can be asked', async () => {
    connect(await startV1());
    expect(await upstream.send(call('ask'), sending())).toMatchObject({ kind: 'error' });
  });

  it('has a session of its own upstream, in which the client is asked', async () => {
    connect(await startV1());
    const asked: ServerMessage[] = [];
    const ask: SendOptions['ask'] = async (message) => {
      asked.push(message);
      return { result: { action: 'accept', content: {} } };
    };
    await upstream.send(call('greet'), sending());
    expect(await upstream.send(call('ask'), sending({ session, ask }))).toMatchObject({
      kind: 'result',
      result: { content: [{ text: '{"action":"accept","content":{}}' }] },
    });
    expect(asked).toMatchObject([{ method: 'elicitation/create', params: { message: 'Sure?' } }]);
    expect(new Set(requests.map((headers) => headers['mcp-session-id']).filter(Boolean))).toEqual(
      new Set(['s1', 's2']),
    );
    await upstream.endSession('client-1');
    await upstream.send(call('greet'), sending({ session, ask }));
    expect(requests.at(-1)?.['mcp-session-id']).toBe('s3');
  });
});

describe('changes of the tools', () => {
  it.each([
    ['legacy', startV1],
    ['modern', startV2],
  ] as const)('are heard from a %s server while no call runs', async (era, start) => {
    connect(await start());
    let changes = 0;
    upstream.onChanged((kind) => void (changes += kind === 'tool' ? 1 : 0));
    await upstream.list('tool');
    // Again and again: nothing tells when the server has taken the stream.
    await until(() => {
      if (era === 'modern') notifyModern();
      else for (const notify of notifyLegacy) notify().catch(() => undefined);
      return changes > 0;
    });
  });

  it('are not asked of a server that offers no stream', async () => {
    connect(await startStateless());
    upstream.onChanged(() => undefined);
    await upstream.list('tool');
    const asked = (): number => requests.filter((headers) => headers['content-length'] === undefined).length;
    await until(() => asked() > 0);
    await sleep(1_500); // after one it would ask again
    expect(asked()).toBe(1);
  });
});

describe('mirrored arguments', () => {
  it('go into the header that the tool names', async () => {
    connect(await startV2());
    await upstream.send(call('region', { region: 'é' }), sending());
    expect(requests.at(-1)).toMatchObject({ 'mcp-name': 'region', 'mcp-param-region': '=?base64?w6k=?=' });
  });
});
