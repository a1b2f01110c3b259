import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { ANN, callTool, faultsIn, makeScratch, recordedOf, serve, trusted } from '@sallyport/testing/harness';

let ran = 0;

/** A server as the SDK's examples have it: sessions in a map, which a restart empties, and a status for those that are not in it. */
function serveSessions(unknown: number): Server {
  const transports = new Map<string, StreamableHTTPServerTransport>();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? transports.get(id) : undefined;
    if (known !== undefined) return known.handleRequest(request, response);
    if (id !== undefined || request.method !== 'POST') return void response.writeHead(unknown).end();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (opened) => void transports.set(opened, transport),
    });
    const server = new McpServer({ name: 'counts', version: '1' });
    server.registerTool('count', { description: 'Counts.' }, () => ({
      content: [{ type: 'text', text: String((ran += 1)) }],
    }));
    await server.connect(transport as Parameters<McpServer['connect']>[0]);
    await transport.handleRequest(request, response);
  }
  return createServer((request, response) => void serve(request, response));
}

describe.each([404, 400])(
  'an upstream that was restarted between two calls and answers %d to its old sessions',
  (unknown) => {
    let server: Server;

    const listen = async (port: number): Promise<number> => {
      server = serveSessions(unknown);
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      return (server.address() as AddressInfo).port;
    };
    const close = async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    const count = async () => (await callTool(served.sallyport, ANN.token, ['up__count', {}])).meta?.reason;

    let port: number;

    beforeAll(async () => {
      port = await listen(0);
    });
    const served = serve(() => makeScratch({ config: trusted(`http://127.0.0.1:${port}/mcp`) }));
    afterAll(() => close());

    it('answers again without a person, and no call runs twice', async () => {
      expect(await count()).toBe('allowed');
      await close();
      await listen(port);
      ran = 0;
      const reasons = [await count(), await count(), await count()];
      expect(reasons).toEqual(['allowed', 'allowed', 'allowed']);
      expect(ran).toBe(3);
      expect(recordedOf(served.scratch.data, 'call.failed')).toEqual([]);
      expect(faultsIn(served.scratch.data)).toEqual([]);
    });
  },
);
