import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { configSchema } from '@sallyport/contracts';
import { createLogger } from '../logging/create-logger.ts';
import { guardedServer, type HttpLimits } from './guarded-server.ts';

const { http: defaults } = configSchema.parse({ upstreams: {} });
const lines: string[] = [];
const logger = createLogger({ destination: { write: (text) => lines.push(text) } });
const servers: Server[] = [];

async function start(limits: Partial<HttpLimits>, handle: RequestListener = (_, response) => response.end('done')) {
  const server = guardedServer(handle, { ...defaults, ...limits }, logger);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    open(first: string) {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('error', () => undefined);
      socket.write(first);
      const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
      return { socket, text: () => text, closed };
    },
  };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  lines.length = 0;
});

/** Resolves `full` when so many have entered. */
function gathering(places: number) {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let entered = 0;
  return {
    full: promise,
    enter() {
      entered += 1;
      if (entered === places) resolve(undefined);
    },
  };
}

const whole = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const endless = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n';

describe('what takes too long is cut', () => {
  const short = { headers_within: 200, request_within: 400, idle: 300 };

  it.each([
    ['a connection that says nothing', '', '408'],
    ['half a head', 'GET / HTTP/1.1\r\nHost:', '408'],
    ['half a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello', '408'],
    ['chunks without end', endless, '408'],
    ['a body that nobody reads', 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n', '408'],
  ])('%s', async (_, first, status) => {
    const { open } = await start(short, () => undefined);
    const text = await open(first).closed;
    expect(text).toContain(`HTTP/1.1 ${status} `);
    expect(text).toContain('http.headers_within');
  });

  it('a body that comes a byte now and then', async () => {
    const { open } = await start(short, (request) => request.resume());
    const { socket, closed } = open(endless);
    const dripping = setInterval(() => socket.write('1\r\nx\r\n'), 50);
    expect(await closed).toContain(' 408 ');
    clearInterval(dripping);
  });

  it('a body that goes on after the answer', async () => {
    const { open } = await start(short);
    const { socket, closed } = open(endless);
    const dripping = setInterval(() => socket.write('1\r\nx\r\n'), 50);
    expect(await closed).toContain('done');
    clearInterval(dripping);
  });

  it('a connection between two requests', async () => {
    const { open } = await start(short);
    expect(await open(whole).closed).toContain('done');
  });

  it('an answer that is not taken', async () => {
    const chunk = Buffer.alloc(1_048_576);
    const ended = Promise.withResolvers<boolean>();
    const { open } = await start({ stalled: 300 }, (_, response) => {
      response.on('close', () => ended.resolve(response.writableFinished));
      for (let time = 0; time < 64; time++) response.write(chunk);
    });
    const { socket } = open(whole);
    socket.pause();
    expect(await ended.promise).toBe(false);
  });
});

it('an answer may take as long as it takes, and so may a stream', async () => {
  const { open } = await start(
    { headers_within: 300, request_within: 400, idle: 400, stalled: 400 },
    (request, response) => {
      if (request.url === '/stream') response.write('begun');
      setTimeout(() => response.end('late'), 1_500);
    },
  );
  const streaming = open('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(await open(whole).closed).toContain('late');
  expect(await streaming.closed).toContain('late');
});

describe('connections are counted', () => {
  it.each([
    ['connections', { connections: 2 }],
    ['connections_per_address', { connections_per_address: 2 }],
  ])('and beyond http.%s turned away where all are busy, with the reason', async (setting, caps) => {
    const busy = gathering(2);
    const { open } = await start(caps, (request, response) => {
      if (request.url === '/') response.end('done');
      else busy.enter();
    });
    const first = open('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n');
    open('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n');
    await busy.full;
    const answer = await open(whole).closed;
    expect(answer).toContain('HTTP/1.1 503 ');
    expect(answer).toContain(`http.${setting}: 2`);
    expect(lines.filter((line) => line.includes('connections refused'))).toHaveLength(1);
    first.socket.destroy();
    await first.closed;
    let again = '';
    while (!again.includes('done')) {
      const { socket, closed } = open('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      again = await closed;
      socket.destroy();
    }
    expect(lines.filter((line) => line.includes('connections refused'))).toHaveLength(1);
  });

  it.each([
    ['connections', { connections: 2 }],
    ['connections_per_address', { connections_per_address: 2 }],
  ])('and at http.%s the one that has rested longest is closed for a newcomer', async (_, caps) => {
    const { open } = await start(caps);
    const answered = async (first: string) => {
      const one = open(first);
      await once(one.socket, 'data');
      return one;
    };
    const renewed = await answered(whole);
    const rested = await answered(whole);
    renewed.socket.write(whole);
    await once(renewed.socket, 'data');
    const newcomer = await answered(whole);
    await rested.closed;
    expect(newcomer.text()).toContain('done');
    expect([renewed.socket.closed, newcomer.socket.closed]).toEqual([false, false]);
  });

  it('and one that never sent anything is closed before one whose request is under way', async () => {
    const busy = gathering(1);
    const { open } = await start({ connections_per_address: 2 }, (request, response) => {
      if (request.url === '/') response.end('done');
      else busy.enter();
    });
    const waiting = open('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n');
    await busy.full;
    const silent = open('');
    await once(silent.socket, 'connect');
    const newcomer = open(whole);
    await once(newcomer.socket, 'data');
    await silent.closed;
    expect([newcomer.text().includes('done'), waiting.socket.closed]).toEqual([true, false]);
  });

  it('and so are the requests that one sends ahead of its answers', async () => {
    let served = 0;
    const arrived = gathering(9);
    const { open } = await start({}, (_, response) => {
      served += 1;
      void arrived.full.then(() => response.end('ok'));
    });
    servers[0]?.on('request', arrived.enter);
    const answers = await open(whole.repeat(20)).closed;
    expect(served).toBe(8);
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual([...Array<string>(8).fill('HTTP/1.1 200'), 'HTTP/1.1 429']);
  });
});

describe('an answer before the request is whole', () => {
  const chunks = Buffer.from('1\r\nx\r\n'.repeat(10_000));
  const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  const answer: RequestListener = (_, response) => void response.writeHead(401, { 'content-length': 2 }).end('no');
  /** Answers as soon as no more is taken of a body that nobody reads. */
  const answerLate: RequestListener = (request, response) => {
    const full = request.readableLength >= request.readableHighWaterMark;
    setImmediate(full ? answer : answerLate, request, response);
  };

  it.each<[string, RequestListener]>([
    ['that nobody reads', answer],
    ['that somebody read', (request, response) => request.once('data', () => answer(request, response)).resume()],
    ['whose answer is long in coming', answerLate],
  ])('ends the connection, however much is sent of a body %s', async (_, handle) => {
    const { open } = await start({}, handle);
    const { socket, closed } = open(chunked);
    const pump = () => {
      while (socket.writable && socket.write(chunks));
    };
    socket.on('drain', pump);
    pump();
    expect(await closed).toMatch(/^HTTP\/1.1 401 [^]*connection: close\r\n[^]*no$/i);
    expect(socket.bytesWritten - socket.writableLength).toBeLessThan(10_000_000); // what the system keeps is counted, too
  });

  it('finds its way to a client that is still sending', async () => {
    const answered = Promise.withResolvers<void>();
    const { open } = await start({}, (request, response) => answer(request, response.once('finish', answered.resolve)));
    const { socket, closed } = open('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n');
    socket.pause();
    socket.write(Buffer.alloc(20_000_000));
    await answered.promise;
    setTimeout(() => socket.resume(), 100); // of the time that the connection stays open for it
    expect(await closed).toContain('HTTP/1.1 401 ');
  });

  it.each([
    ['a whole body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello'],
    ['a body in chunks', `${chunked}5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n`],
    ['an empty body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'],
    ['no body', whole],
  ])('is none where %s came with the head: the connection stays', async (_, request) => {
    const { open } = await start({}, answer);
    const { socket, text } = open(request);
    await once(socket, 'data');
    socket.write(request);
    await once(socket, 'data');
    expect(text().match(/ 401 [^]*? 401 /)).not.toBeNull();
    expect(text()).not.toMatch(/connection: close/i);
    socket.destroy();
  });
});

it('answers nothing out of turn: what is garbled behind a request that waits ends the connection', async () => {
  const { open } = await start({}, () => undefined);
  expect(await open(`${whole}garbage\r\n\r\n`).closed).toBe('');
  expect(await open('garbage\r\n\r\n').closed).toContain('HTTP/1.1 400 ');
  expect(await open(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`).closed).toContain('HTTP/1.1 431 ');
});

it.each([
  [{ idle: '0s' }, 'idle'],
  [{ headers_within: '1min' }, 'headers_within'],
  [{ connections: 1 }, 'connections_per_address'],
  [{ connections_per_address: 0 }, 'connections_per_address'],
])('a setting %j that could not hold is refused', (http, at) => {
  const { success, error } = configSchema.safeParse({ upstreams: {}, http });
  expect([success, error?.issues.map(({ path }) => path.join('.'))]).toEqual([false, [`http.${at}`]]);
});

it('leaves it to the handler to ask for a body', async () => {
  const { open } = await start({}, (_, response) => void response.writeHead(401).end());
  const expecting =
    'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n';
  expect(await open(expecting).closed).toMatch(/^HTTP\/1.1 401 /);
});
