import { setTimeout as sleep } from 'node:timers/promises';
import {
  ANN,
  BEN,
  callTool,
  faultsIn,
  head,
  launchSallyport,
  makeScratch,
  openSocket,
  operatorToken,
  type RawSocket,
  send,
  serveScripted,
  trusted,
} from '@sallyport/testing/harness';

const http = {
  headers_within: '300ms',
  request_within: '600ms',
  idle: '500ms',
  stalled: '2s',
  connections: 12,
  connections_per_address: 6,
};
const PATHS = ['/mcp', '/admin/v1/tenants', '/metrics'];

describe('clients that take their time, at the running product', () => {
  const open: RawSocket[] = [];

  const served = serveScripted({ config: (url) => ({ http, ...trusted(url) }) });
  afterEach(() => open.splice(0).forEach(({ socket }) => socket.destroy()));

  const own = () => `Host: 127.0.0.1:${served.sallyport.port}`;
  function say(...lines: readonly string[]): RawSocket {
    const opened = openSocket(served.sallyport, lines.length === 0 ? '' : head(...lines));
    open.push(opened);
    return opened;
  }
  /** Sends a piece now and then until the other side closes. */
  async function drip({ socket, closed }: RawSocket, piece: string): Promise<string> {
    const dripping = setInterval(() => socket.write(piece), 100);
    const text = await closed;
    clearInterval(dripping);
    return text;
  }

  it('a connection that says nothing, or half a head, is closed', async () => {
    expect(await say().closed).toContain(' 408 ');
    const slow = openSocket(served.sallyport, 'POST /mcp HTTP/1.1\r\n');
    expect(await drip(slow, 'X: a\r\n')).toContain(' 408 ');
  });

  it.each(PATHS)('%s: bodies that never end are not waited for', async (path) => {
    for (const token of ['', path === '/mcp' ? ANN.token : operatorToken(served.scratch.data)]) {
      const lines = [
        `POST ${path} HTTP/1.1`,
        own(),
        `Authorization: Bearer ${token}`,
        'Content-Type: application/json',
      ];
      const chunked = drip(say(...lines, 'Transfer-Encoding: chunked'), '1\r\n \r\n');
      const declared = drip(say(...lines, 'Content-Length: 60000'), ' ');
      for (const text of await Promise.all([chunked, declared])) expect(text).toMatch(/^HTTP\/1.1 (401|404|408|405) /);
    }
  });

  it('who has no token is told so before a body is asked for', async () => {
    for (const path of ['/mcp', '/admin/v1/tenants']) {
      const lines = [`POST ${path} HTTP/1.1`, own(), 'Content-Type: application/json', 'Content-Length: 9'];
      const told = await say(...lines, 'Expect: 100-continue').received('\r\n\r\n');
      expect(told).toMatch(/^HTTP\/1.1 401 /);
      const token = path === '/mcp' ? ANN.token : operatorToken(served.scratch.data);
      const asked = await say(...lines, 'Expect: 100-continue', `Authorization: Bearer ${token}`).received('\r\n\r\n');
      expect(asked).toMatch(/^HTTP\/1.1 100 /);
    }
  });

  it('a connection that rests is closed', async () => {
    expect(await say('GET /livez HTTP/1.1', own()).closed).toContain(' 200 ');
  });

  it('a call may take longer than a request, and so may the feed', async () => {
    const token = operatorToken(served.scratch.data);
    const feed = say('GET /admin/v1/events/stream HTTP/1.1', own(), `Authorization: Bearer ${token}`);
    expect(await feed.received('following')).toContain(' 200 ');
    await sleep(1_500);
    const { meta } = await callTool(served.sallyport, ANN.token, ['up__run', {}]);
    expect(meta?.decision).toBe('allow');
    expect(await feed.received('call.decided')).toContain('call.decided');
  });

  it('connections that rest keep nobody out', async () => {
    const many = Array.from({ length: 6 }, () => say('GET /livez HTTP/1.1', own()));
    await Promise.all(many.map(({ received }) => received(' 200 ')));
    expect((await callTool(served.sallyport, ANN.token, ['up__run', {}])).meta?.decision).toBe('allow');
  });

  it('who keeps too many connections busy is told so, and nobody is served less', async () => {
    const bearer = `Authorization: Bearer ${ANN.token}`;
    const body = ['Content-Type: application/json', 'Content-Length: 10', 'Expect: 100-continue'];
    const accept = 'Accept: application/json, text/event-stream';
    const many = Array.from({ length: 6 }, () => say('POST /mcp HTTP/1.1', own(), bearer, accept, ...body));
    await Promise.all(many.map(({ received }) => received(' 100 ')));
    const told = await say().received('too_many_connections');
    expect(told).toContain('http.connections_per_address: 6');
    for (const { socket } of many) socket.destroy();
    await Promise.all(many.map(({ closed }) => closed));
    await served.sallyport.logged('connections refused');
    while ((await send(served.sallyport, { method: 'GET', path: '/livez' })).status !== 200) await sleep(20);
  });

  it('guessing tokens is slowed down at the admin API, too', async () => {
    const guess = () =>
      send(served.sallyport, { method: 'GET', path: '/admin/v1/status', headers: { authorization: 'Bearer guess' } });
    const statuses = new Set<number>();
    for (let time = 0; time < 300 && !statuses.has(429); time++) statuses.add((await guess()).status);
    expect([...statuses]).toEqual([401, 429]);
    const headers = { authorization: `Bearer ${operatorToken(served.scratch.data)}` };
    expect((await send(served.sallyport, { method: 'GET', path: '/admin/v1/status', headers })).status).toBe(200);
  });

  it('serves on, with a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});

describe('bodies that are half sent, at the running product', () => {
  const open: RawSocket[] = [];

  afterAll(async () => {
    for (const { socket } of open) socket.destroy();
  });
  const served = serveScripted({
    config: (url) => ({
      ...trusted(url),
      max_request_bytes: 100_000,
      http: { body_bytes_per_subject: 250_000, body_bytes: 250_000 },
    }),
  });

  /** All but the last byte of a body of 90,000. */
  async function half(token: string): Promise<RawSocket> {
    const lines = [
      `Host: 127.0.0.1:${served.sallyport.port}`,
      'Content-Type: application/json',
      'Content-Length: 90000',
    ];
    const opened = openSocket(
      served.sallyport,
      head('POST /mcp HTTP/1.1', ...lines, `Authorization: Bearer ${token}`, 'Expect: 100-continue'),
    );
    open.push(opened);
    await opened.received(' 100 ');
    opened.socket.write(' '.repeat(89_999));
    return opened;
  }
  const ping = (token: string) =>
    send(served.sallyport, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{}',
    });

  it('hold no more than their budget, and who is over it is told which setting says so', async () => {
    const ann = [await half(ANN.token), await half(ANN.token), await half(ANN.token)];
    expect(await Promise.race(ann.map(({ received }) => received('body_bytes')))).toMatch(
      / 429 [^]*retry-after: 1\r\n[^]*http\.body_bytes_per_subject/i,
    );
    const ben = await half(BEN.token);
    expect(await ben.received('body_bytes')).toMatch(/ 503 [^]*retry-after: 1\r\n[^]*http\.body_bytes\./i);
    expect((await ping(BEN.token)).status).toBe(400);
  });

  it.each([
    ['/mcp', 'without a token', ''],
    ['/mcp', 'that has no room', ANN.token],
    ['/admin/v1/tenants', 'without a token', ''],
  ])('%s: nobody goes on sending one %s after the answer', async (path, _, token) => {
    const lines = [
      `Host: 127.0.0.1:${served.sallyport.port}`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    ];
    const { socket, closed } = openSocket(
      served.sallyport,
      head(`POST ${path} HTTP/1.1`, ...lines, `Authorization: Bearer ${token}`),
    );
    const tiny = '1\r\nx\r\n'.repeat(10_000);
    const pump = () => {
      while (socket.writable && socket.write(tiny));
    };
    socket.on('drain', pump);
    pump();
    expect((await ping(BEN.token)).status).toBe(400);
    expect(await closed).toMatch(/^HTTP\/1.1 (401|429) [^]*connection: close/i);
  });

  it('leave their room to others when they are gone', async () => {
    for (const { socket } of open.splice(0)) socket.destroy();
    const ben = await half(BEN.token);
    ben.socket.write(' ');
    expect(await ben.received('Parse error')).toContain(' 400 ');
  });
});

it.each([
  [{ headers_within: '0s', connections: 1 }, 'http.headers_within'],
  [{ stall: '1s' }, 'stalled'],
  [{ body_bytes_per_subject: 2_000_000 }, 'max_request_bytes'],
  [{ body_bytes: 2_500_000 }, 'http.body_bytes_per_subject'],
  [{ answer_bytes: 2_500_000 }, 'http.answer_bytes_per_subject'],
])('a setting %j that could not hold is refused', async (wrong, told) => {
  const scratch = makeScratch({ config: {} });
  scratch.configure({ upstreams: {}, http: wrong });
  const sallyport = launchSallyport(scratch);
  expect((await sallyport.ended).code).not.toBe(0);
  expect(sallyport.log()).toContain(told);
  scratch.remove();
});
