import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A legacy MCP server that counts the calls of each session: its tool `count` answers `<count> in <session>`. */
export interface CountingUpstream {
  readonly url: string;
  /** Sessions that were ended by DELETE. */
  readonly ended: readonly string[];
  /** Sessions in which tools were listed. */
  readonly listed: ReadonlySet<string>;
  close(): void;
}

const serverInfo = { name: 'counting', version: '1' };
const tools = [{ name: 'count', description: 'Counts.', inputSchema: { type: 'object' } }];

/** Starts it on a free port. */
export async function startCountingUpstream(): Promise<CountingUpstream> {
  const counts = new Map<string, number>();
  const ended: string[] = [];
  const listed = new Set<string>();

  function resultOf(method: string, session: string): object | null {
    if (method === 'initialize') return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
    if (method === 'tools/list') {
      listed.add(session);
      return { tools };
    }
    if (method !== 'tools/call') return null;
    counts.set(session, (counts.get(session) ?? 0) + 1);
    return { content: [{ type: 'text', text: `${counts.get(session)} in ${session}` }] };
  }

  function post(body: string, session: string, response: ServerResponse): void {
    const { id, method } = JSON.parse(body) as { id?: number; method: string };
    if (id === undefined) return void response.writeHead(202).end();
    const result = resultOf(method, session);
    const answer = result === null ? { error: { code: -32601, message: 'Method not found' } } : { result };
    const fresh = `s${counts.size + 1}`;
    if (method === 'initialize') counts.set(fresh, 0);
    const headers = method === 'initialize' ? { 'mcp-session-id': fresh } : {};
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const session = String(request.headers['mcp-session-id'] ?? '');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'POST') return post(Buffer.concat(chunks).toString(), session, response);
    if (request.method === 'DELETE') ended.push(session);
    response.writeHead(request.method === 'GET' ? 405 : 200).end();
  }

  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    ended,
    listed,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
