import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** One request for a token, as the authorization server got it. */
export interface TokenRequest {
  readonly form: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  /** The proof of a key to which the token shall be bound. */
  readonly dpop?: string | undefined;
}

/** An authorization server that gives `t1`-like tokens, and an MCP server (2026-07-28) that wants the last one of them. */
export interface Authorization {
  readonly url: string;
  readonly issuer: string;
  /** Requests for tokens. */
  readonly asked: TokenRequest[];
  /** Each request of the MCP server: its method, and the token that came; empty for none. */
  readonly requests: (readonly [method: string, token: string])[];
  /** The proofs that came with requests of the MCP server. */
  readonly proofs: string[];
  /** What a test may say otherwise, before and while it runs. */
  readonly says: Says;
  /** No token that was given so far counts from now on. */
  revoke(): void;
  close(): Promise<void>;
}

interface Says {
  /** Over what the server says of itself; null for nothing at all. */
  resource: Record<string, unknown> | null;
  /** Over the metadata of the authorization server. */
  server: Record<string, unknown>;
  /** Over the answer to a request for a token. */
  token: Record<string, unknown>;
  /** What the registration endpoint answers to what a client says of itself; null where there is none. */
  client: ((metadata: Record<string, unknown>) => [status: number, body: unknown]) | null;
  /** Another answer of the token endpoint. */
  answer: ((response: ServerResponse) => void) | null;
  /** What the challenge says, in the place of where the metadata are; null for that. */
  challenge: string | null;
  /** The kind of tokens that it wants. */
  scheme: 'Bearer' | 'DPoP';
  /** What it wants to see in proofs. */
  nonce: string | null;
  /** The scopes that a method wants. */
  scopes: (method: string) => readonly string[];
  /** What the tool writes, given the token that came. */
  tool: (token: string) => string;
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function listening(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export async function startAuthorization(): Promise<Authorization> {
  const asked: TokenRequest[] = [];
  const proofs: string[] = [];
  const requests: (readonly [string, string])[] = [];
  const granted = new Map<string, readonly string[]>();
  const says: Says = {
    resource: {},
    server: {},
    token: {},
    client: null,
    answer: null,
    challenge: null,
    scheme: 'Bearer',
    nonce: null,
    scopes: () => [],
    tool: () => 'done',
  };

  const issuing = await listening(async (request, response) => {
    const { origin: issuer } = issuing;
    if (request.url === '/.well-known/oauth-authorization-server')
      return json(response, 200, { issuer, token_endpoint: `${issuer}/token`, ...says.server });
    if (request.url === '/register' && says.client !== null)
      return json(response, ...says.client(JSON.parse(await text(request)) as Record<string, unknown>));
    if (request.url !== '/token') return json(response, 404, {});
    const form = Object.fromEntries(new URLSearchParams(await text(request)));
    const { authorization, dpop } = request.headers;
    asked.push({ form, authorization, dpop: dpop?.toString() });
    if (says.answer !== null) return says.answer(response);
    const token = `token-number-${asked.length}`;
    granted.set(token, String(says.token['scope'] ?? form['scope'] ?? '').split(' '));
    json(response, 200, { access_token: token, token_type: 'Bearer', expires_in: 3600, ...says.token });
  });

  /** Null for a request that is answered. */
  function refusalOf({ method, proof, scopes }: Shown): readonly [status: number, challenge: string | null] | null {
    if (scopes === undefined) return [401, says.challenge];
    if (says.nonce !== null && nonceOf(proof) !== says.nonce) return [401, 'error="use_dpop_nonce"'];
    const missing = says.scopes(method).filter((scope) => !scopes.includes(scope));
    return missing.length === 0 ? null : [403, `error="insufficient_scope", scope="${missing.join(' ')}"`];
  }

  async function serveMcp(request: IncomingMessage, response: ServerResponse, metadata: string): Promise<void> {
    const { id, method } = JSON.parse(await text(request)) as { id: number; method: string };
    const [, scheme, token = ''] = /^(\w+) (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const proof = request.headers['dpop']?.toString();
    if (proof !== undefined) proofs.push(proof);
    requests.push([method, token]);
    const refusal = refusalOf({ method, proof, scopes: scheme === says.scheme ? granted.get(token) : undefined });
    if (refusal !== null) {
      const [status, challenge] = refusal;
      const nonce = says.nonce === null ? {} : { 'dpop-nonce': says.nonce };
      return json(
        response,
        status,
        {},
        { 'www-authenticate': `${says.scheme} ${challenge ?? `resource_metadata="${metadata}"`}`, ...nonce },
      );
    }
    json(response, 200, { jsonrpc: '2.0', id, result: resultOf(method, () => says.tool(token)) });
  }

  const guarded = await listening(async (request, response) => {
    const { origin } = guarded;
    const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
    if (`${origin}${request.url}` === metadata && says.resource !== null) {
      const own = { resource: `${origin}/mcp`, authorization_servers: [issuing.origin] };
      return json(response, 200, { ...own, ...says.resource });
    }
    if (request.url !== '/mcp') return json(response, 404, {});
    if (request.method !== 'POST') return json(response, 405, {});
    return serveMcp(request, response, metadata);
  });

  return {
    url: `${guarded.origin}/mcp`,
    issuer: issuing.origin,
    asked,
    requests,
    proofs,
    says,
    revoke: () => granted.clear(),
    close: () => Promise.all([issuing.server, guarded.server].map(closed)).then(() => undefined),
  };
}

/** One request: of the token, the scopes that it was given for. */
interface Shown {
  readonly method: string;
  readonly proof: string | undefined;
  readonly scopes: readonly string[] | undefined;
}

function nonceOf(proof = ''): unknown {
  const [, payload = ''] = proof.split('.');
  return payload === '' ? null : (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { nonce?: string }).nonce;
}

function resultOf(method: string, write: () => string): object {
  if (method === 'server/discover') return { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } };
  if (method === 'tools/list') return { tools: [{ name: 'act', inputSchema: { type: 'object' } }] };
  return { content: [{ type: 'text', text: write() }] };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
