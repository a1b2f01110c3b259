import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Authorization, startAuthorization } from '@sallyport/testing/harness';
import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import { clock, upstreamAt } from '../../test/http-upstream.ts';
import { act, sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

const asked: string[] = [];
const sockets = new Set<Socket>();
let at: Authorization;
let upstream: ManagedUpstream;
let proxy: ReturnType<typeof createServer>;

/** A proxy to which every name is this machine, and every port the one that it is told to be. */
beforeAll(async () => {
  at = await startAuthorization();
  proxy = createServer().on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '');
    const port = request.url?.startsWith('as.') === true ? new URL(at.issuer).port : new URL(at.url).port;
    const onward = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on('error', () => each.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => void asked.splice(0));
afterEach(() => upstream.close());
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all([at.close(), new Promise((resolve) => proxy.close(resolve))]);
});

const proxies = (noProxy: string) => ({
  httpProxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
  httpsProxy: '',
  noProxy,
});

it('a server and its authorization server are reached through the proxy; names are looked up there', async () => {
  const issuer = 'http://as.test';
  Object.assign(at.says, {
    server: { issuer, token_endpoint: `${issuer}/token` },
    resource: { resource: 'http://mcp.test/mcp', authorization_servers: [issuer] },
    challenge: 'scope="x"',
  });
  const auth = { type: 'client_credentials', issuer, client_id: 'us', credential: 'the-secret' } as const;
  const fetchFor = (named: readonly string[]) =>
    createDocumentFetch(createPublicFetch(named, { proxies: proxies('') }));
  upstream = upstreamAt('http://mcp.test/mcp', { auth }, { fetchFor, proxies: proxies(''), clock });
  const outcome = await upstream.send(act, sending());
  expect(outcome).toMatchObject({ kind: 'result' });
  expect(new Set(asked)).toEqual(new Set(['mcp.test:80', 'as.test:80']));
});

it('what NO_PROXY names is reached without it', async () => {
  upstream = upstreamAt(at.url, {}, { proxies: proxies('127.0.0.1') });
  await expect(upstream.list('tool')).rejects.toThrow(/HTTP 401/);
  expect(asked).toEqual([]);
});
