import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JsonObject, type Outcome, toolTarget } from '@sallyport/contracts';
import { upstreamAt } from '../../test/http-upstream.ts';
import { sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

interface Arrived {
  readonly request: IncomingMessage;
  readonly message: JsonObject;
}
type Serve = (arrived: Arrived, response: ServerResponse) => boolean;

let server: Server;
let upstream: ManagedUpstream;
let arrived: Arrived[];

/** A server with sessions in which `serve` handles what it wants to. */
async function start(serve: Serve, path = '/mcp'): Promise<void> {
  arrived = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece: Buffer) => (text += piece.toString()));
    request.on('end', () => {
      const one = { request, message: text === '' ? {} : (JSON.parse(text) as JsonObject) };
      arrived.push(one);
      if (!serve(one, response)) handshake(one.message, response);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  upstream = upstreamAt(url, { max_response_bytes: 100_000 });
}

function handshake({ id, method }: JsonObject, response: ServerResponse): void {
  if (id === undefined) return void response.writeHead(id === undefined && method === undefined ? 405 : 202).end();
  const results: Record<string, JsonObject> = {
    initialize: { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'odd', version: '1' } },
    'tools/list': { tools: [{ name: 'run', inputSchema: { type: 'object' } }] },
    'tools/call': { content: [{ type: 'text', text: 'done' }] },
  };
  const result = results[String(method)];
  const body = result === undefined ? { error: { code: -32601, message: 'no' } } : { result };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, ...body }));
}

function call(timeoutMs = 3_000, signal = new AbortController().signal): Promise<Outcome> {
  return upstream.send(
    { action: 'tools/call' as const, target: toolTarget('run'), arguments: {}, traceparent: null },
    sending({ signal, timeoutMs }),
  );
}

const calls = (): number => arrived.filter(({ message }) => message['method'] === 'tools/call').length;

afterEach(async () => {
  await upstream.close();
  server.closeAllConnections();
  server.close();
});

describe('a redirect', () => {
  const redirect =
    (from: string, location: string, status = 307): Serve =>
    ({ request }, response) => {
      if (request.url !== from) return false;
      response.writeHead(status, { location }).end();
      return true;
    };

  it.each([
    ['/mcp', '/mcp/elsewhere'],
    ['/mcp', 'http://127.0.0.1:9/mcp/'],
    ['/mcp', 'not a url: //'],
  ])('from %s to %s is not followed', async (from, location) => {
    await start(redirect(from, location), from);
    await expect(upstream.list('tool')).rejects.toThrow('307');
    expect(new Set(arrived.map(({ request }) => request.url))).toEqual(new Set([from]));
  });

  it.each([
    ['/mcp', '/mcp/'],
    ['/api/mcp/?key=1', '/api/mcp?key=1'],
  ])('from %s to %s is: only the slash differs', async (from, location) => {
    await start(redirect(from, location, 308), from);
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(arrived.filter(({ request }) => request.url === from)).toHaveLength(1);
    expect(arrived.at(-1)?.request.url).toBe(location);
  });

  it('of a call does not send the call again; the next one finds the way', async () => {
    let moved = false;
    await start((one, response) => moved && redirect('/mcp', '/mcp/')(one, response));
    expect(await call()).toMatchObject({ kind: 'result' });
    moved = true;
    expect(await call()).toMatchObject({ kind: 'failed', sent: true });
    expect(calls()).toBe(2);
    expect(await call()).toMatchObject({ kind: 'result' });
  });
});

describe('a stream that ends before the answer', () => {
  /** Ends the stream of a call behind `begun`, and serves its GETs one after the other. */
  function serveParts(begun: string, parts: readonly ((id: unknown) => string)[]): Serve {
    let id: unknown;
    let served = 0;
    return function serve({ request, message }, response) {
      const isCall = message['method'] === 'tools/call';
      if (isCall) id = message['id'];
      else if (request.headers['last-event-id'] === undefined) return false;
      const text = isCall ? begun : parts[served++]?.(id);
      if (text === undefined) return false;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text);
      return true;
    };
  }
  const answer = (id: unknown): string =>
    `id: e9\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } })}\n\n`;
  const resumedAt = (): unknown[] =>
    arrived.map(({ request }) => request.headers['last-event-id']).filter((id) => id !== undefined);

  it('is not gone on with where its events have no ids, or none that a header can carry', async () => {
    await start(serveParts(': hi\n\n', [answer]));
    expect(await call()).toMatchObject({ kind: 'failed', reason: 'upstream_garbage', sent: true });
    expect(resumedAt()).toEqual([]);
  });

  it('is gone on with behind its last event, as often as it takes, and the call is sent once', async () => {
    await start(serveParts('id: e1\nretry: 60\ndata:\n\n', [() => 'id: e2\nretry: 60\ndata:\n\n', () => '\n', answer]));
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(resumedAt()).toEqual(['e1', 'e2', 'e2']);
    expect(calls()).toBe(1);
  });

  it('stays without an answer where the server can’t go on', async () => {
    await start(serveParts('id: e1\nretry: 60\ndata:\n\n', []));
    expect(await call()).toMatchObject({ kind: 'failed', reason: 'upstream_garbage', sent: true });
    expect(resumedAt()).toEqual(['e1']);
  });

  it('ends with the time of its call, and with its caller', async () => {
    const again = 'id: e1\nretry: 60\ndata:\n\n';
    let part = (): string => again;
    await start(
      serveParts(
        again,
        Array.from({ length: 1_000 }, () => () => part()),
      ),
    );
    expect(await call(1_000)).toMatchObject({ kind: 'failed', sent: true });
    const gone = new AbortController();
    part = () => {
      void upstream.list('tool').then(() => gone.abort()); // by then it waits to come back
      return 'id: e2\nretry: 100000\ndata:\n\n';
    };
    expect(await call(120_000, gone.signal)).toMatchObject({ kind: 'failed', reason: 'cancelled', sent: true });
  });
});
