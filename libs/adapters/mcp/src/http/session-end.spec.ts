import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject, Outcome, SendOptions } from '@sallyport/contracts';
import type { ManagedUpstream } from '../managed-upstream.ts';
import { createHttpUpstream } from './http-upstream.ts';

type Request = { readonly id?: number; readonly method?: string };
/** Answers a request in a session that the server does not know. */
type Refusal = (response: ServerResponse, message: Request) => void;

const status = (code: number, body = ''): Refusal => {
  return (response) => response.writeHead(code, { 'content-type': 'application/json' }).end(body);
};
const rpc = (code: number, id: unknown, http = 200): Refusal => {
  return (response, message) =>
    status(http, JSON.stringify({ jsonrpc: '2.0', id: id ?? message.id, error: { code, message: 'x' } }))(
      response,
      message,
    );
};
const gone: readonly (readonly [string, Refusal])[] = [
  ['404', status(404)],
  ['404 with an error of no request', rpc(-32001, 'server-error', 404)],
  ['404 with an error of this request', rpc(-32001, undefined, 404)],
  ['400', status(400, '{"jsonrpc":"2.0","error":{"code":-32000,"message":"No valid session"},"id":null}')],
  ['401', status(401)],
  ['410', status(410)],
  ['500', status(500, 'Session terminated')],
  ['200 and the error for it', rpc(-32001, undefined)],
];

/** A server with sessions, which does what it is told with a call. */
class Sessions {
  readonly server: Server;
  readonly initialized: string[] = [];
  readonly ended: string[] = [];
  /** The sessions that calls were run in. */
  readonly ran: string[] = [];
  known = new Set<string>();
  refusal: Refusal = status(404);
  /** Takes a call that has run, where it answers something else than its result. */
  answer: Refusal | null = null;
  /** Keeps the stream open that it answers a notification with. */
  holdsNotifications = false;
  /** Says no session id, and takes every request. */
  keepsNone = false;
  /** So many requests are answered 404, calls after they have run. */
  notFound = 0;
  #opened = 0;

  constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (this.keepsNone && request.method === 'POST') this.#serveFreely(response, JSON.parse(text) as Request);
        else this.#serve(request, response, text);
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mcp`;
  }

  #serve(request: IncomingMessage, response: ServerResponse, text: string): void {
    const session = String(request.headers['mcp-session-id']);
    if (request.method === 'DELETE') this.ended.push(session);
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const message = JSON.parse(text) as Request;
    const { id, method } = message;
    const json = { 'content-type': 'application/json' };
    const tell = (result: JsonObject, headers = {}) =>
      response.writeHead(200, { ...json, ...headers }).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    if (id === undefined) return this.#notified(response);
    if (method === 'server/discover') return rpc(-32601, undefined)(response, message);
    if (method === 'initialize') {
      this.#opened += 1;
      const opened = `s${this.#opened}`;
      this.known.add(opened);
      this.initialized.push(opened);
      const serverInfo = { name: 'x', version: '1' };
      return void tell({ protocolVersion: '2025-06-18', capabilities: {}, serverInfo }, { 'mcp-session-id': opened });
    }
    if (!this.known.has(session)) return this.refusal(response, message);
    if (method === 'tools/list') return void tell({ tools: [] });
    if (method !== 'tools/call') return rpc(-32601, undefined)(response, message);
    this.ran.push(session);
    if (this.answer !== null) return this.answer(response, message);
    tell({ content: [] });
  }

  /** As a server without sessions does it. */
  #serveFreely(response: ServerResponse, message: Request): void {
    const { id, method } = message;
    if (id === undefined) return this.#notified(response);
    if (method === 'server/discover') return rpc(-32601, undefined)(response, message);
    if (method === 'tools/call') this.ran.push('none');
    if (method !== 'initialize' && this.notFound-- > 0) return status(404)(response, message);
    const result = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      serverInfo: { name: 'x', version: '1' },
      content: [],
    };
    status(200, JSON.stringify({ jsonrpc: '2.0', id, result }))(response, message);
  }

  #notified(response: ServerResponse): void {
    if (!this.holdsNotifications) return void response.writeHead(202).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
  }
}

const sending: SendOptions = {
  signal: new AbortController().signal,
  timeoutMs: 5_000,
  progressToken: null,
  notify: () => undefined,
  ask: null,
  caller: { tenant: 't', issuer: 'i', subject: 's' },
  session: null,
  beforeWrite: () => true,
};

describe('a session at an upstream', () => {
  let sessions: Sessions;
  let upstream: ManagedUpstream;
  const call = (): Promise<Outcome> => upstream.callTool({ tool: 'run', arguments: {}, traceparent: null }, sending);

  beforeEach(async () => {
    sessions = new Sessions();
    await new Promise<void>((resolve) => sessions.server.listen(0, '127.0.0.1', resolve));
    upstream = createHttpUpstream({
      id: 'u',
      config: {
        url: sessions.url,
        headers: {},
        share: 'subject',
        max_sessions: 10,
        idle: 900_000,
        definitions: 'pinned',
        errors: 'mask',
        timeout: 60_000,
        start_timeout: 60_000,
        max_response_bytes: 1_048_576,
        tools: {},
      },
      secrets: () => ({}),
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
      log: () => undefined,
    });
  });
  afterEach(async () => {
    await upstream.close();
    sessions.server.closeAllConnections();
    await new Promise((resolve) => sessions.server.close(resolve));
  });

  it.each(gone)(
    'that the server has forgotten (%s) is left, and the next call and list are answered',
    async (_, refusal) => {
      sessions.refusal = refusal;
      expect(await call()).toMatchObject({ kind: 'result' });
      expect(await upstream.listTools()).toEqual([]);
      sessions.known.clear();
      await call();
      expect(await call()).toMatchObject({ kind: 'result' });
      expect(await call()).toMatchObject({ kind: 'result' });
      expect(await upstream.listTools()).toEqual([]);
      expect(sessions.initialized).toHaveLength(4); // of the caller and of our own, twice
    },
  );

  it.each(gone.slice(0, 3))(
    'that is over by the protocol (%s) took nothing: the call is sent in a new one',
    async (_, refusal) => {
      sessions.refusal = refusal;
      await call();
      sessions.known.clear();
      expect(await call()).toMatchObject({ kind: 'result' });
      expect(sessions.ran).toEqual(['s1', 's2']);
    },
  );

  it.each<[string, Refusal, 'lives' | 'ends' | 'none']>([
    ['in a session that lives', status(404), 'lives'],
    ['by a server that knows no other answer', status(404), 'none'],
    ['with an error of its own', rpc(-32602, undefined, 404), 'ends'],
  ])('where a call has run that is answered 404, %s, it is not sent again', async (_, answer, session) => {
    await call();
    sessions.answer = (response, message) => {
      if (session !== 'lives') sessions.known.clear();
      answer(response, message);
    };
    // Every request but the handshake is 404, of a fresh session as well.
    if (session === 'none') sessions.known.add = (): Set<string> => sessions.known;
    await call();
    expect(sessions.ran).toEqual(['s1', 's1']);
  });

  it('that the server never had is not over: a call that is answered 404 for a while is not sent again', async () => {
    sessions.keepsNone = true;
    await call();
    sessions.notFound = 2; // the call, and the ping that follows it
    await call();
    expect(sessions.ran).toEqual(['none', 'none']);
  });

  it('goes on where the code of a forgotten one means that a request timed out', async () => {
    await call();
    sessions.answer = rpc(-32001, undefined);
    expect(await call()).toMatchObject({ kind: 'error', code: -32001 });
    sessions.answer = null;
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(sessions.ran).toEqual(['s1', 's1', 's1']);
  });

  it('is sent in a new one once, and no third time', async () => {
    await call();
    sessions.known.clear();
    const known = sessions.known;
    sessions.refusal = (response, message) => {
      if (message.method === 'tools/call') known.clear(); // over again as soon as it is used
      status(404)(response, message);
    };
    sessions.answer = status(404);
    await call();
    expect(sessions.ran).toEqual(['s1', 's2']);
  });

  it('opens at once where the server answers a notification with a stream that it leaves open', async () => {
    sessions.holdsNotifications = true;
    const since = performance.now();
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(performance.now() - since).toBeLessThan(2_000); // 10 s is what a notification may take
  });
});
