import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** An MCP server (2026-07-28) that takes the tokens of one authorization server, and asks it about each. */
export interface TokenServer {
  readonly url: string;
  /** Requests: what they asked, and the token that came; empty for none. */
  readonly requests: (readonly [method: string, token: string])[];
  close(): Promise<void>;
}

/** @param secret of the client `sallyport` there, which may ask about tokens */
export async function startTokenServer(issuer: string, secret: string): Promise<TokenServer> {
  const requests: (readonly [string, string])[] = [];
  const authorization = `Basic ${btoa(`sallyport:${secret}`)}`;
  let origin = '';

  async function isGood(token: string): Promise<boolean> {
    if (token === '') return false;
    const body = new URLSearchParams({ token });
    const answer = await fetch(`${issuer}/token/introspection`, { method: 'POST', headers: { authorization }, body });
    const { active, aud } = (await answer.json()) as { active: boolean; aud?: string };
    return active && aud === `${origin}/mcp`;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (status: number, body: object, headers: object = {}): void =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
    if (`${origin}${request.url}` === metadata)
      return say(200, { resource: `${origin}/mcp`, authorization_servers: [issuer], scopes_supported: ['mcp'] });
    if (request.url !== '/mcp' || request.method !== 'POST') return say(404, {});
    const { id, method } = JSON.parse(await text(request)) as { id: number; method: string };
    const [, token = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    requests.push([method, token]);
    if (!(await isGood(token)))
      return say(401, {}, { 'www-authenticate': `Bearer resource_metadata="${metadata}", scope="mcp"` });
    say(200, { jsonrpc: '2.0', id, result: resultOf(method, token) });
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/mcp`,
    requests,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function resultOf(method: string, token: string): object {
  if (method === 'server/discover') return { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } };
  if (method === 'tools/list') return { tools: [{ name: 'act', inputSchema: { type: 'object' } }] };
  return { content: [{ type: 'text', text: `you are ${token}` }] };
}
