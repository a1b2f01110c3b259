import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { jest } from '@jest/globals';
import { type JsonObject, type Outcome, toolTarget } from '@sallyport/contracts';
import { upstreamAt } from '../../test/http-upstream.ts';
import { sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

const clock = { now: () => 0, monotonic: () => 0 };
const done = { content: [{ type: 'text', text: 'done' }] };
let server: Server;
let upstream: ManagedUpstream;

type Held = ServerResponse & { readonly message: JsonObject };

/** What a server does with requests of one method, instead of answering; resolves with the request once it is there. */
function holding(method: string): { readonly held: Promise<Held>; take(response: Held): boolean } {
  const { promise: held, resolve } = Promise.withResolvers<Held>();
  return { held, take: (response) => response.message['method'] === method && (resolve(response), true) };
}

const results: Readonly<Record<string, object>> = {
  initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } },
  'tools/list': { tools: [] },
  'tools/call': done,
};

async function start(take: (response: Held) => boolean, over: { readonly start_timeout?: number } = {}): Promise<void> {
  server = createServer((request, response) => void serve(request, response, take));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  upstream = upstreamAt(url, over, { clock });
}

async function serve(request: IncomingMessage, response: ServerResponse, take: (held: Held) => boolean): Promise<void> {
  const body = await textOf(request);
  const message = body === '' ? {} : (JSON.parse(body) as JsonObject);
  if (take(Object.assign(response, { message }))) return;
  answer(Object.assign(response, { message }));
}

function answer(response: Held): void {
  const { id, method } = response.message;
  if (id === undefined) return void response.writeHead(method === undefined ? 405 : 202).end();
  const result = results[String(method)];
  const reply = result === undefined ? { error: { code: -32601, message: 'Method not found' } } : { result };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, ...reply }));
}

function call(over: { notify?: () => void; timeoutMs?: number; limitMs?: number } = {}): Promise<Outcome> {
  return upstream.send(
    { action: 'tools/call' as const, target: toolTarget('run'), arguments: {}, traceparent: null },
    sending({ timeoutMs: 60_000, progressToken: 'p', ...over }),
  );
}

afterEach(async () => {
  jest.useRealTimers();
  await upstream.close();
  server.closeAllConnections();
  server.close();
});

/** Of our own timers only; sockets go on as ever. */
function holdTime(): void {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });
}

describe('the time that a server takes to start', () => {
  it('ends at start_timeout', async () => {
    const { held, take } = holding('initialize');
    await start(take, { start_timeout: 7_000 });
    holdTime();
    const listed = upstream.list('tool').catch((error: Error) => error.message);
    await held;
    jest.advanceTimersByTime(7_001);
    expect(await listed).toMatch(/initialize failed: no answer within 7000 ms|timed out/);
  });

  it('may be most of a minute if nothing else is configured', async () => {
    const { held, take } = holding('initialize');
    await start(take);
    holdTime();
    const listed = upstream.list('tool');
    const initialize = await held;
    jest.advanceTimersByTime(55_000);
    answer(initialize);
    expect(await listed).toEqual([]);
  });
});

it('a server that does not answer `initialize` does not hold up the end', async () => {
  const { held, take } = holding('initialize');
  await start(take);
  holdTime();
  const listed = upstream.list('tool').catch((error: Error) => error.message);
  await held;
  await upstream.close();
  expect(await listed).toContain('initialize failed');
});

describe('a notification', () => {
  it.each(['text/event-stream', 'application/json'])(
    'that is answered with a %s that stays open holds up no call',
    async (type) => {
      const { held, take } = holding('notifications/initialized');
      await start((response) => {
        if (!take(response)) return false;
        response.writeHead(200, { 'content-type': type });
        return response.write(': open\n\n');
      });
      holdTime();
      expect(await call()).toMatchObject({ kind: 'result' });
      expect((await held).writableEnded).toBe(false);
    },
  );

  it('that is not answered at all holds up a call for a second', async () => {
    const { held, take } = holding('notifications/initialized');
    await start(take);
    holdTime();
    const outcome = call();
    await held;
    jest.advanceTimersByTime(1_000);
    expect(await outcome).toMatchObject({ kind: 'result' });
  });
});

describe('progress', () => {
  /** Tells progress so many times, each when most of the time-out has gone since the last. */
  async function tellProgress(times: number): Promise<{ outcome: Promise<Outcome>; request: Held }> {
    const { held, take } = holding('tools/call');
    await start(take);
    holdTime();
    let told = Promise.withResolvers<void>();
    const outcome = call({ timeoutMs: 1_000, limitMs: 5_000, notify: () => told.resolve() });
    const request = await held;
    request.writeHead(200, { 'content-type': 'text/event-stream' });
    const { progressToken } = (request.message['params'] as { _meta: JsonObject })._meta;
    for (let progress = 1; progress <= times; progress += 1) {
      told = Promise.withResolvers();
      jest.advanceTimersByTime(900);
      const params = { progressToken, progress };
      request.write(`data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params })}\n\n`);
      await told.promise;
    }
    return { outcome, request };
  }

  it('does not outlast the limit', async () => {
    const { outcome } = await tellProgress(5);
    jest.advanceTimersByTime(600);
    expect(await outcome).toMatchObject({
      reason: 'upstream_timeout',
      detail: 'no answer within 5000 ms, with progress',
    });
  });

  it('that ends leaves the time-out', async () => {
    const { outcome } = await tellProgress(2);
    jest.advanceTimersByTime(1_001);
    expect(await outcome).toMatchObject({ reason: 'upstream_timeout', detail: expect.stringContaining('no progress') });
  });

  it('begins the time-out again', async () => {
    const { outcome, request } = await tellProgress(4);
    request.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: request.message['id'], result: done })}\n\n`);
    expect(await outcome).toMatchObject({ kind: 'result' });
  });
});
