import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { type Outcome, type SendOptions, type ServerMessage, toolTarget } from '@sallyport/contracts';
import { eventually } from '@sallyport/testing/harness';
import { forms, upstreamAt } from '../../test/http-upstream.ts';
import { sending, session } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

let http: HttpServer;
let upstream: ManagedUpstream;
let servers: Server[];
let aborted: number;

/** The published SDK's own transport, one for each stream. */
async function serve(transports: Map<string, SSEServerTransport>, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '', 'http://localhost');
  const known = transports.get(url.searchParams.get('sessionId') ?? '');
  if (request.method === 'POST' && known !== undefined) return known.handlePostMessage(request, response);
  if (request.method !== 'GET' || url.pathname !== '/sse') return response.writeHead(404).end('Not found');
  const transport = new SSEServerTransport('/messages', response);
  transports.set(transport.sessionId, transport);
  const server = greeting();
  servers.push(server);
  return server.connect(transport as never);
}

function greeting(): Server {
  const server = new Server({ name: 'old', version: '1' }, { capabilities: { tools: { listChanged: true } } });
  const names = ['greet', 'ask', 'wait'];
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: names.map((name) => ({ name, inputSchema: { type: 'object' as const } })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    const progressToken = params._meta?.progressToken;
    if (params.name === 'wait') {
      signal.addEventListener('abort', () => (aborted += 1));
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    }
    if (progressToken !== undefined)
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    const requestedSchema = { type: 'object' as const, properties: {} };
    const text =
      params.name === 'ask' ? (await server.elicitInput({ message: 'Sure?', requestedSchema })).action : 'hello';
    return { content: [{ type: 'text' as const, text }] };
  });
  return server;
}

function call(tool: string, options: Partial<SendOptions> = {}): Promise<Outcome> {
  return upstream.send(
    { action: 'tools/call' as const, target: toolTarget(tool), arguments: {}, traceparent: null },
    sending({ session, ...options }),
  );
}

beforeEach(async () => {
  [servers, aborted] = [[], 0];
  const transports = new Map<string, SSEServerTransport>();
  http = createServer((request, response) => void serve(transports, request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  upstream = upstreamAt(`http://127.0.0.1:${(http.address() as AddressInfo).port}/sse`, { client_requests: forms });
});
afterEach(async () => {
  await upstream.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

describe('a server on the SSE transport of the published SDK', () => {
  it('asks the client of a call alone, and is cancelled', async () => {
    const asked: ServerMessage[] = [];
    const ask: SendOptions['ask'] = (message) => {
      asked.push(message);
      return Promise.resolve({ result: { action: 'decline' } });
    };
    expect(await call('ask', { ask })).toMatchObject({ result: { content: [{ text: 'decline' }] } });
    expect(asked).toMatchObject([{ method: 'elicitation/create', params: { message: 'Sure?' } }]);
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 200);
    expect(await call('wait', { signal: gone.signal })).toMatchObject({ reason: 'cancelled', sent: true });
    await eventually(() => aborted === 1);
  });

  it('is listed, called with progress, and heard when its tools change', async () => {
    let changes = 0;
    upstream.onChanged((kind) => void (changes += kind === 'tool' ? 1 : 0));
    expect(await upstream.list('tool')).toHaveLength(3);
    const progress: ServerMessage[] = [];
    const notify = (message: ServerMessage): void => void progress.push(message);
    expect(await call('greet', { progressToken: 7, notify })).toMatchObject({
      result: { content: [{ text: 'hello' }] },
    });
    expect(progress).toMatchObject([{ params: { progressToken: 7 } }]);
    await servers[0]?.sendToolListChanged();
    await eventually(() => changes === 1);
  });
});
