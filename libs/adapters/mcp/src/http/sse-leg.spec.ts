import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type HttpUpstreamParts,
  type JsonObject,
  type Outcome,
  type SendOptions,
  type ServerMessage,
  toolTarget,
} from '@sallyport/contracts';
import { type Authorization, eventually, startAuthorization } from '@sallyport/testing/harness';
import { upstreamAt } from '../../test/http-upstream.ts';
import { sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

interface Stream {
  readonly response: ServerResponse;
  readonly headers: IncomingMessage['headers'];
  /** Writes one message of the server. */
  say(message: JsonObject): void;
}

/** What a POST is answered with: 202 for nothing. */
type Serve = (message: JsonObject, stream: Stream) => number | undefined | void;

let server: Server;
let upstream: ManagedUpstream;
let streams: Stream[];
let posted: { message: JsonObject; headers: IncomingMessage['headers']; at: string }[];
let logged: string[];
/** What the first event names, for stream `n`. */
let address: (n: number) => string;
/** Where GET opens a stream. */
let streamAt: string;
/** Takes what is no message of a stream, and opens none. */
let elsewhere: (request: IncomingMessage, response: ServerResponse) => void;
/** The methods of those that were answered 405. */
let turnedAway: string[];

function turnAway({ method }: IncomingMessage, response: ServerResponse): void {
  turnedAway.push(String(method));
  response.writeHead(405).end();
}

async function start(serve: Serve, config: Partial<HttpUpstreamParts> = {}): Promise<void> {
  server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === streamAt) return open(request, response);
    const stream = streams[Number(request.url?.split('?s=')[1])];
    if (stream === undefined) return elsewhere(request, response);
    let text = '';
    request.on('data', (piece: Buffer) => (text += piece.toString()));
    request.on('end', () => {
      const message = JSON.parse(text) as JsonObject;
      posted.push({ message, headers: request.headers, at: request.url ?? '' });
      const status = serve(message, stream) ?? 202;
      response.writeHead(status).end();
      if (status === 202) handshake(message, stream);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sse`;
  const log = (_: string, text: string): void => void logged.push(text);
  upstream = upstreamAt(url, { max_response_bytes: 50_000, ...config }, { log, secrets: () => ({ 'x-key': 'k' }) });
}

function open({ headers }: IncomingMessage, response: ServerResponse): void {
  const say = (message: JsonObject): void =>
    void response.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`: hi\n\nevent: endpoint\ndata: ${address(streams.length)}\n\n`);
  streams.push({ response, headers, say });
}

function handshake({ id, method }: JsonObject, { say }: Stream): void {
  const results: Record<string, JsonObject> = {
    initialize: { protocolVersion: '2024-11-05', capabilities: {}, instructions: 'Be kind.' },
    'tools/list': { tools: [{ name: 'run', inputSchema: { type: 'object' } }] },
    ping: {},
  };
  const result = results[String(method)];
  if (result !== undefined && id !== undefined) say({ id, result });
}

function call(options: Partial<SendOptions> = {}, tool = 'run'): Promise<Outcome> {
  return upstream.send(
    { action: 'tools/call' as const, target: toolTarget(tool), arguments: {}, traceparent: null },
    sending({ timeoutMs: 3_000, ...options }),
  );
}

const answer: Serve = ({ id, method }, { say }) => {
  if (method === 'tools/call') say({ id: id ?? null, result: { content: [] } });
};
const postedOf = (name: string) => posted.filter(({ message: { method } }) => method === name);

beforeEach(() => {
  [streams, posted, logged, turnedAway, streamAt, elsewhere] = [[], [], [], [], '/sse', turnAway];
  // Of two the first counts.
  address = (n) => `/messages?s=${n}\n\nevent: endpoint\ndata: https://elsewhere.example`;
});
afterEach(async () => {
  await upstream.close();
  server.closeAllConnections();
  server.close();
});

describe('a server of HTTP+SSE is refused', () => {
  it.each(['https://elsewhere.example/messages', 'http://127.0.0.1:9/messages?s=0', '//elsewhere.example', 'http://'])(
    'where it names %s for our messages',
    async (named) => {
      address = () => named;
      await start(answer);
      await expect(upstream.list('tool')).rejects.toThrow(/HTTP 405.*another origin than `url`/);
      expect(await call()).toMatchObject({ kind: 'failed', reason: 'upstream_down', sent: false });
      expect(posted).toEqual([]);
    },
  );

  it('where it has no stream either: the statuses are told, and none is asked for again by itself', async () => {
    streamAt = 'nowhere';
    await start(answer);
    await expect(upstream.list('tool')).rejects.toThrow(
      'initialize failed: HTTP 405; as a server of HTTP+SSE (2024-11-05): initialize failed: the server answers GET with HTTP 405',
    );
    expect(await call()).toMatchObject({ reason: 'upstream_down', sent: false });
    expect(logged).toEqual([]);
    const asked = turnedAway.length;
    await sleep(600); // a stream that is lost is opened again after 250 ms
    expect(turnedAway).toHaveLength(asked);
  });

  it('where no address comes in time', async () => {
    await start(answer, { start_timeout: 300 });
    address = () => '';
    await expect(upstream.list('tool')).rejects.toThrow(/HTTP 405.*no answer within 300 ms/);
  });
});

describe('a call over HTTP+SSE', () => {
  it('is refused, and ends no other, where its message is; one that the server has carried out is not sent again', async () => {
    await start(({ method, params, id }, { say }) => {
      const { name } = (params ?? {}) as JsonObject;
      if (method === 'tools/call' && name === 'large') return 413;
      if (name === 'run') setTimeout(() => say({ id: id ?? null, result: { content: [] } }), 200);
      return undefined;
    });
    const other = call();
    expect(await call({}, 'large')).toMatchObject({
      reason: 'upstream_down',
      sent: true,
      detail: 'the server answers a message with HTTP 413',
    });
    expect(await other).toMatchObject({ kind: 'result' });
    expect(postedOf('tools/call')).toHaveLength(2);
    expect(streams).toHaveLength(2);
  });

  it('whose answer is too long ends, and no other', async () => {
    await start(({ id, method, params }, { say }) => {
      if (method !== 'tools/call') return;
      const isLong = (params as JsonObject)['name'] === 'long';
      const text = isLong ? 'x'.repeat(200_000) : 'short';
      setTimeout(() => say({ id: id ?? null, result: { content: [{ type: 'text', text }] } }), isLong ? 0 : 200);
    });
    const [long, short] = await Promise.all([call({}, 'long'), call()]);
    expect(long).toMatchObject({ reason: 'upstream_too_large', sent: true });
    expect(short).toMatchObject({ kind: 'result' });
    expect(streams).toHaveLength(2);
  });

  it('ends with its stream, as sent, and is not sent again; the next one opens another', async () => {
    let isLost = true;
    await start((message, stream) => {
      if (message['method'] !== 'tools/call' || !isLost) return answer(message, stream);
      isLost = false;
      stream.response.end();
    });
    expect(await call()).toMatchObject({ reason: 'upstream_down', sent: true });
    expect(postedOf('tools/call')).toHaveLength(1);
    await eventually(async () => (await call()).kind === 'result');
    expect(postedOf('tools/call')).toHaveLength(2);
    // Our own, the lost one and the one after it.
    expect(streams).toHaveLength(3);
  });

  it('finds that a server has forgotten the session, and the next one opens another', async () => {
    const forgotten = new Set<Stream>();
    await start((message, stream) => (forgotten.has(stream) ? 404 : answer(message, stream)));
    expect(await call()).toMatchObject({ kind: 'result' });
    for (const stream of streams) forgotten.add(stream);
    expect(await Promise.all([call(), call()])).toMatchObject([{ sent: true }, { sent: true }]);
    await eventually(async () => (await call()).kind === 'result');
    expect(postedOf('ping')).toHaveLength(1);
  });

  it('is made where the address of the stream needs a slash', async () => {
    streamAt = '/sse/';
    elsewhere = (request, response) => {
      if (request.method === 'GET') response.writeHead(307, { location: streamAt }).end();
      else turnAway(request, response);
    };
    await start(answer);
    expect(await call()).toMatchObject({ kind: 'result' });
  });

  it('is told of a cancellation, and of a time-out that progress has put off', async () => {
    let progressed = Infinity;
    await start((message, stream) => {
      const { _meta, name } = (message['params'] ?? {}) as { _meta?: JsonObject; name?: string };
      if (name !== 'slow') return answer(message, stream);
      setTimeout(() => {
        progressed = performance.now();
        const params = { progressToken: _meta?.['progressToken'] ?? null, progress: 1 };
        stream.say({ method: 'notifications/progress', params });
      }, 300);
    });
    await call(); // opens the session, so that this takes none of the time
    const notified: ServerMessage[] = [];
    const limits = { timeoutMs: 1_000, limitMs: 10_000, progressToken: 'mine' };
    expect(await call({ ...limits, notify: (message) => void notified.push(message) }, 'slow')).toMatchObject({
      reason: 'upstream_timeout',
      sent: true,
    });
    expect(performance.now() - progressed).toBeGreaterThan(950);
    expect(notified).toMatchObject([{ params: { progressToken: 'mine' } }]);
    const gone = new AbortController();
    const cancelled = call({ progressToken: 1, signal: gone.signal }, 'slow');
    await eventually(() => postedOf('tools/call').length === 3);
    gone.abort();
    expect(await cancelled).toMatchObject({ reason: 'cancelled', sent: true });
    await eventually(() => postedOf('notifications/cancelled').length === 2);
  });

  it('is not sent where it has no leave any more', async () => {
    await start(answer);
    expect(await call({ beforeWrite: () => false })).toMatchObject({ reason: 'cancelled', sent: false });
    expect(postedOf('tools/call')).toEqual([]);
  });

  it('has our credential on every request, answers errors, and is made in a stream of its caller', async () => {
    await start(({ id, method }, { say }) => {
      if (method === 'tools/call') say({ id: id ?? null, error: { code: -7, message: 'No.' } });
    });
    expect(await upstream.list('tool')).toMatchObject([{ name: 'run' }]);
    expect(await call()).toMatchObject({ kind: 'error', code: -7 });
    expect(await call({ caller: { tenant: 't', issuer: 'i', subject: 'other' } })).toMatchObject({ kind: 'error' });
    expect(new Set([...streams, ...posted].map(({ headers }) => headers['x-key']))).toEqual(new Set(['k']));
    expect(postedOf('tools/list').map(({ at }) => at)).toEqual(['/messages?s=0']);
    expect(postedOf('tools/call').map(({ at }) => at)).toEqual(['/messages?s=1', '/messages?s=2']);
    expect(upstream).toMatchObject({ id: 'u' });
    expect([upstream.instructions(), upstream.state(), upstream.usage().sessions]).toEqual(['Be kind.', 'up', 2]);
    await upstream.endTenant('t');
    expect(upstream.usage().sessions).toBe(0);
  });

  it('shares the one stream with all where `share` says so, within `max_sessions` elsewhere', async () => {
    await start(answer, { share: 'all' });
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(streams).toHaveLength(1);
  });

  it('is refused where all sessions are in use', async () => {
    await start(() => undefined, { max_sessions: 2, max_sessions_per_subject: 1 });
    const running = call({ timeoutMs: 500 });
    await eventually(() => postedOf('tools/call').length === 1);
    const session = { id: 'c2' } as SendOptions['session'];
    expect(await call({ session })).toMatchObject({ reason: 'upstream_full', sent: false });
    await running;
  });
});

/** As a server of Streamable HTTP without sessions. */
function takeStreamable(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'POST') return turnAway(request, response);
  void json(request).then((message) => {
    const { id, method } = message as JsonObject;
    if (id === undefined) return void response.writeHead(202).end();
    const welcome = { protocolVersion: '2025-06-18', capabilities: {}, instructions: 'Be quick.' };
    const result = { initialize: welcome, 'tools/list': { tools: [] } }[String(method)];
    const said = result === undefined ? { error: { code: -32601, message: 'No.' } } : { result };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ jsonrpc: '2.0', id, ...said }));
  });
}

it('a server that speaks Streamable HTTP from now on is spoken to so, and no more as it was', async () => {
  await start(answer);
  expect(await upstream.list('tool')).toHaveLength(1);
  [streamAt, elsewhere] = ['nowhere', takeStreamable];
  streams[0]?.response.end();
  await eventually(async () => (await upstream.list('tool').catch(() => [0])).length === 0);
  expect([upstream.instructions(), upstream.state()]).toEqual(['Be quick.', 'up']);
});

describe('what a server of HTTP+SSE says by itself', () => {
  it('asks nobody outside of a call: refused on the stream that it came on', async () => {
    await start(answer);
    await upstream.list('tool');
    streams[0]?.say({ id: 'q', method: 'sampling/createMessage', params: {} });
    await eventually(() => posted.some(({ message }) => message['id'] === 'q'));
    expect(posted.at(-1)?.message).toMatchObject({ error: { code: -32601 } });
  });

  it('changes of the tools are heard, also those that a lost stream may have hidden', async () => {
    await start(answer);
    let changes = 0;
    upstream.onChanged((kind) => void (changes += kind === 'tool' ? 1 : 0));
    await upstream.list('tool');
    streams[0]?.say({ method: 'notifications/tools/list_changed' });
    await eventually(() => changes === 1);
    streams[0]?.response.end();
    await eventually(() => changes === 2);
    expect(await upstream.list('tool')).toHaveLength(1);
    // What was asked to find out what it speaks: no other stream was.
    expect(turnedAway).toEqual(['POST', 'POST']);
  });
});

describe('a server of HTTP+SSE, with tokens', () => {
  let at: Authorization;
  beforeEach(async () => void (at = await startAuthorization()));
  afterEach(() => at.close());
  const auth = { client_id: 'us', credential: 'our-own-secret' };

  it('gets no call of a caller who has their own: its sessions are opened with ours', async () => {
    await start(answer, { auth: { ...auth, issuer: at.issuer, type: 'token_exchange' } });
    const detail = expect.stringContaining('tokens of callers do not go with');
    expect(await call({ callerToken: 'token-of-ann' })).toMatchObject({ kind: 'failed', sent: false, detail });
    expect(await call({ caller: null })).toMatchObject({ kind: 'result' });
    expect(postedOf('tools/call').map(({ headers }) => headers.authorization)).toEqual(['Bearer token-number-1']);
  });

  it('gives none back, as it is or as some write it in JSON', async () => {
    at.says.token = { access_token: 'token/of/ours' };
    const text = String.raw`token/of/ours, token\/of\/ours`;
    await start(
      ({ id, method }, { response }) => {
        if (method !== 'tools/call') return;
        const result = `{"content":[{"type":"text","text":"${text}"}]}`;
        response.write(`event: message\ndata: {"jsonrpc":"2.0","id":${Number(id)},"result":${result}}\n\n`);
      },
      { auth: { ...auth, issuer: at.issuer, type: 'client_credentials' } },
    );
    const clean = '[redacted:own_key], [redacted:own_key]';
    expect(await call()).toMatchObject({ result: { content: [{ text: clean }] } });
  });
});
