import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JsonObject, type Outcome, toolTarget } from '@sallyport/contracts';
import { clock, upstreamAt } from '../../test/http-upstream.ts';
import { sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

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
  /** The known sessions that a ping came in. */
  readonly pinged: string[] = [];
  /** Answers 404 to every ping. */
  deniesPing = false;
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
      const welcome = {
        protocolVersion: '2025-06-18',
        capabilities: {},
        serverInfo,
        instructions: `You are ${opened}.`,
      };
      return void tell(welcome, { 'mcp-session-id': opened });
    }
    if (!this.known.has(session)) return this.refusal(response, message);
    if (method === 'tools/list') return void tell({ tools: [] });
    if (method !== 'tools/call') return this.#pinged(response, message, session);
    this.ran.push(session);
    if (this.answer !== null) return this.answer(response, message);
    tell({ content: [] });
  }

  #pinged(response: ServerResponse, message: Request, session: string): void {
    this.pinged.push(session);
    const answer = this.deniesPing ? status(404) : rpc(-32601, undefined);
    answer(response, message);
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

/** The next request in a session is answered 503, which says nothing of the session. */
function busyOnce(sessions: Sessions): void {
  const { known } = sessions;
  sessions.known = new Set();
  sessions.refusal = (response, message) => {
    sessions.known = known;
    status(503)(response, message);
  };
}

describe('a session at an upstream', () => {
  let sessions: Sessions;
  let upstream: ManagedUpstream;
  /** Milliseconds that our clock is ahead. */
  let rested: number;
  const call = (): Promise<Outcome> =>
    upstream.send(
      { action: 'tools/call' as const, target: toolTarget('run'), arguments: {}, traceparent: null },
      sending(),
    );

  beforeEach(async () => {
    sessions = new Sessions();
    await new Promise<void>((resolve) => sessions.server.listen(0, '127.0.0.1', resolve));
    rested = 0;
    const monotonic = (): number => clock.monotonic() + rested;
    upstream = upstreamAt(sessions.url, {}, { clock: { ...clock, monotonic } });
  });
  afterEach(async () => {
    await upstream.close();
    sessions.server.closeAllConnections();
    await new Promise((resolve) => sessions.server.close(resolve));
  });

  it('of a caller says nothing of the server to others, and our own says the same an hour later', async () => {
    await call();
    expect(upstream.instructions?.()).toBeNull();
    await upstream.list('tool');
    expect(upstream.instructions?.()).toBe('You are s2.');
    sessions.known.delete('s1');
    await call();
    await call();
    expect([upstream.instructions?.(), sessions.initialized]).toEqual(['You are s2.', ['s1', 's2', 's3']]);
    rested = 3_600_001; // the server is asked again which protocol it speaks
    await upstream.list('tool');
    expect(upstream.instructions?.()).toBe('You are s2.');
  });

  it.each(gone)(
    'that the server has forgotten (%s) is left, and the next call and list are answered',
    async (_, refusal) => {
      sessions.refusal = refusal;
      expect(await call()).toMatchObject({ kind: 'result' });
      expect(await upstream.list('tool')).toEqual([]);
      sessions.known.clear();
      await call();
      expect(await call()).toMatchObject({ kind: 'result' });
      expect(await call()).toMatchObject({ kind: 'result' });
      expect(await upstream.list('tool')).toEqual([]);
      expect(sessions.initialized).toHaveLength(4); // of the caller and of our own, twice
    },
  );

  it.each(gone)(
    'that rested and is over (%s) is asked for before a call, which is sent in a new one',
    async (_, refusal) => {
      sessions.refusal = refusal;
      await call();
      sessions.known.clear();
      rested = 1_000;
      expect(await call()).toMatchObject({ kind: 'result' });
      expect(sessions.ran).toEqual(['s1', 's2']);
    },
  );

  it('is asked for at once where a connection ended: no call is lost to a restart', async () => {
    await call();
    sessions.known.clear();
    sessions.server.closeAllConnections();
    await fetch(sessions.url); // by when we have heard of it
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(sessions.ran).toEqual(['s1', 's2']);
  });

  it('is asked for once before a call, also at a server that knows none when it is asked', async () => {
    await call();
    sessions.deniesPing = true;
    rested = 1_000;
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(sessions.pinged).toEqual(['s1']);
  });

  it.each<[string, (sessions: Sessions) => void]>([
    ['and lives', () => undefined],
    ['at a server that answers 503 just now', busyOnce],
  ])('that rested %s is kept', async (_, before) => {
    await call();
    before(sessions);
    rested = 1_000;
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(sessions.ran).toEqual(['s1', 's1']);
  });

  it.each<[string, Refusal, 'lives' | 'ends' | 'none']>([
    ['in a session that lives', status(404), 'lives'],
    ['by a server that knows no other answer', status(404), 'none'],
    ['in a session that it has ended', status(404), 'ends'],
    ['in a session that it has ended, with the error for it', rpc(-32001, undefined, 404), 'ends'],
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

  it('that the server never had is not asked for, however long it rested', async () => {
    sessions.keepsNone = true;
    await call();
    sessions.notFound = 1; // the call, where no ping comes before it
    rested = 1_000;
    expect(await call()).toMatchObject({ kind: 'failed', sent: true });
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

  it('opens at once where the server answers a notification with a stream that it leaves open', async () => {
    sessions.holdsNotifications = true;
    const since = performance.now();
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(performance.now() - since).toBeLessThan(2_000); // 10 s is what a notification may take
  });
});
