import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, Server as McpServer } from '@modelcontextprotocol/server';
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import type { UpstreamAuthParts } from '@sallyport/contracts';
import { clock, upstreamAt } from '../../test/http-upstream.ts';
import { act, sending } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

const signing = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyOfClient = { ...signing.publicKey.export({ format: 'jwk' }), kid: 'c1', alg: 'ES256', use: 'sig' };
const SECRET = 'a-secret-of-thirty-two-characters';
const servers: Server[] = [];
let provider: ChildProcess;
let issuer: string;
let url: string;
let shown: JWTPayload[];
let upstream: ManagedUpstream;
let ahead: number;

async function listen(handle: Handle): Promise<string> {
  const server = createServer((request, response) => void handle(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startProvider(): Promise<void> {
  const program = fileURLToPath(new URL('../../test/oidc-provider.mjs', import.meta.url));
  const { stdout } = (provider = spawn(process.execPath, [program, JSON.stringify(keyOfClient), SECRET], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }));
  for await (const line of createInterface({ input: stdout })) {
    if (!line.startsWith('http')) continue;
    issuer = line;
    return;
  }
}

/** A real MCP server of one era behind a check of the token: of this issuer, for this server, with the scope. */
async function startServer(era: 'legacy' | 'modern'): Promise<void> {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  shown = [];
  const mcp = era === 'modern' ? modern() : legacy();
  const origin = await listen(async (request, response) => {
    if (request.url === '/.well-known/oauth-protected-resource/mcp') {
      const described = { resource: url, authorization_servers: [issuer], scopes_supported: ['other'] };
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(described));
    }
    const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
    const verified = await jwtVerify(token, keys, { issuer, audience: url }).catch(() => null);
    const challenge = `Bearer scope="tools", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`;
    if (verified?.payload['scope'] !== 'tools') return response.writeHead(401, { 'www-authenticate': challenge }).end();
    shown.push(verified.payload);
    return mcp(request, response);
  });
  url = `${origin}/mcp`;
}

function serverOf(): McpServer {
  const server = new McpServer({ name: 'guarded', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({
    tools: [{ name: 'act', inputSchema: { type: 'object' as const } }],
  }));
  server.setRequestHandler('tools/call', () => ({ content: [{ type: 'text' as const, text: 'done' }] }));
  return server;
}

const modern = (): Handle => toNodeHandler(createMcpHandler(serverOf, { legacy: 'reject' })) as Handle;
const legacy = (): Handle => async (request, response) => {
  const transport = new NodeStreamableHTTPServerTransport({});
  await serverOf().connect(transport);
  await transport.handleRequest(request, response);
};

function connect(client_id: string, credential: UpstreamAuthParts['credential']): void {
  const method = client_id === 'client_secret_post' ? client_id : undefined;
  const fetchFor = (named: readonly string[]) => createDocumentFetch(createPublicFetch(named));
  const auth = { type: 'client_credentials', issuer, client_id, credential, method } as const;
  ahead = 0;
  const late = { ...clock, monotonic: () => clock.monotonic() + ahead };
  upstream = upstreamAt(url, { auth }, { fetchFor, clock: late });
}

const call = () => upstream.send(act, sending());

beforeAll(startProvider);
afterEach(() => upstream.close());
afterAll(() => {
  provider.kill();
  for (const server of servers) server.closeAllConnections();
  return Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

describe.each(['legacy', 'modern'] as const)('a %s server behind oidc-provider', (era) => {
  beforeAll(() => startServer(era));

  it('gets no call from a client that is not the one', async () => {
    connect('client_secret_basic', 'another-secret-than-the-clients');
    await expect(upstream.list('tool')).rejects.toThrow(/refuses a token: invalid_client/);
    expect(await call()).toMatchObject({ kind: 'failed', sent: false });
    expect(shown).toEqual([]);
  });

  it.each([
    ['client_secret_basic', SECRET],
    ['client_secret_post', SECRET],
    ['private_key_jwt', { key: signing.privateKey, kid: 'c1' }],
  ])('gets calls with tokens for it, had by %s', async (client, credential) => {
    shown = [];
    connect(client, credential);
    expect(await upstream.list('tool')).toMatchObject([{ name: 'act' }]);
    expect(await call()).toMatchObject({ kind: 'result' });
    ahead = 301_000;
    expect(await call()).toMatchObject({ kind: 'result' });
    expect(new Set(shown.map(({ jti }) => jti)).size).toBe(2);
    expect(shown.every(({ aud, client_id: id, scope }) => aud === url && id === client && scope === 'tools')).toBe(
      true,
    );
  });
});
