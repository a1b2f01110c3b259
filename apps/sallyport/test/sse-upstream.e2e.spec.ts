import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { ANN, BEN, callTool, eventually, faultsIn, makeScratch, serve, trusted } from '@sallyport/testing/harness';

let ran = 0;

/** A server of HTTP+SSE as the SDK's examples have it. One call in it never ends, and is lost with the server. */
function oldServer(): Server {
  const transports = new Map<string, SSEServerTransport>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const known = transports.get(searchParams.get('sessionId') ?? '');
    if (request.method === 'POST' && known !== undefined) return known.handlePostMessage(request, response);
    if (request.method !== 'GET' || pathname !== '/sse') return response.writeHead(404).end();
    const transport = new SSEServerTransport('/messages', response);
    transports.set(transport.sessionId, transport);
    const server = new McpServer({ name: 'old', version: '1' });
    server.registerTool('count', { description: 'Counts.' }, () => ({
      content: [{ type: 'text', text: String((ran += 1)) }],
    }));
    server.registerTool('hang', { description: 'Never ends.' }, () => {
      ran += 1;
      return new Promise(() => undefined);
    });
    return server.connect(transport as Parameters<McpServer['connect']>[0]);
  }
  return createServer((request, response) => void answer(request, response));
}

describe('an upstream that speaks HTTP+SSE of 2024-11-05', () => {
  let server: Server;
  let port: number;

  const listen = async (at: number): Promise<number> => {
    server = oldServer();
    await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const reasonOf = async (token: string, tool: string) =>
    (await callTool(served.sallyport, token, [`up__${tool}`, {}])).meta?.reason;

  beforeAll(async () => {
    port = await listen(0);
  });
  const served = serve(() => makeScratch({ config: trusted(`http://127.0.0.1:${port}/sse`) }));
  afterAll(() => close());

  it('answers calls of several users; one that it loses is not sent again, and the next reaches it', async () => {
    expect(await reasonOf(ANN.token, 'count')).toBe('allowed');
    expect(await reasonOf(BEN.token, 'count')).toBe('allowed');
    const lost = reasonOf(ANN.token, 'hang');
    await eventually(() => ran === 3);
    await close();
    await listen(port);
    expect(await lost).toBe('outcome_unknown');
    await eventually(async () => (await reasonOf(ANN.token, 'count')) === 'allowed');
    expect(ran).toBe(4);
    expect(faultsIn(served.scratch.data)).toEqual([]);
  });
});
