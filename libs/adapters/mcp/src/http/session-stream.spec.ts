import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { Server } from '@modelcontextprotocol/server';
import { type ClientRequestsConfig, type SendOptions, type ServerMessage, toolTarget } from '@sallyport/contracts';
import { forms, upstreamAt } from '../../test/http-upstream.ts';
import { sending, session } from '../../test/sending.ts';
import type { ManagedUpstream } from '../managed-upstream.ts';

let http: HttpServer;
let upstream: ManagedUpstream;
let streams: number;
/** The capabilities that `initialize` told of, session by session. */
let declared: unknown[];

interface Started {
  readonly offersStream?: boolean;
  /** Null: nothing. */
  readonly granted?: ClientRequestsConfig | null;
}

/** The SDK's own server, whose questions go on the GET stream and not on the call's. */
async function start({ offersStream = true, granted = forms }: Started = {}): Promise<void> {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  streams = 0;
  declared = [];
  http = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
  upstream = upstreamAt(url, { client_requests: granted ?? undefined });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') streams += 1;
    if (request.method === 'GET' && !offersStream) return void response.writeHead(405).end();
    const known = sessions.get(String(request.headers['mcp-session-id']));
    if (known !== undefined) return known.handleRequest(request, response);
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => `s${sessions.size + 1}`,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = asking();
    server.oninitialized = () => void declared.push(server.getClientCapabilities());
    await server.connect(transport);
    await transport.handleRequest(request, response);
  }
}

let waiting = Promise.withResolvers<void>();

function asking(): Server {
  const server = new Server({ name: 'asking', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    if (params.name === 'greet') return { content: [{ type: 'text', text: 'hello' }] };
    if (params.name === 'wait') await waiting.promise;
    const requestedSchema = { type: 'object', properties: {} } as const;
    const answer = await mcpReq
      .elicitInput({ mode: 'form', message: 'Sure?', requestedSchema })
      .catch(({ code }: { code: number }) => ({ code }));
    return { content: [{ type: 'text', text: JSON.stringify(answer) }] };
  });
  return server;
}

function send(tool: string, ask: SendOptions['ask'], client: Partial<SendOptions> = { session }) {
  return upstream.send(
    { action: 'tools/call' as const, target: toolTarget(tool), arguments: {}, traceparent: null },
    sending({ ask, ...client }),
  );
}

const says = (text: string) => ({ kind: 'result', result: { content: [{ type: 'text', text }] } });

describe('questions of an upstream outside the stream of the call', () => {
  afterEach(async () => {
    await upstream.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });

  it('are not made where nothing is granted: the upstream is not told what the client can do', async () => {
    await start({ granted: null });
    let asked = 0;
    await send('ask', () => Promise.resolve({ result: { asked: (asked += 1) } }));
    expect([asked, declared, streams]).toEqual([0, [{}], 0]);
  });

  it('get an error, and nothing beside it, where there is no answer', async () => {
    await start();
    const refuse = () => Promise.resolve({ error: { code: -1, message: 'No.' } });
    expect(await send('ask', refuse)).toMatchObject(says('{"code":-1}'));
    expect(await send('ask', () => Promise.reject(new Error('secret')))).toMatchObject(says('{"code":-32603}'));
  });

  it('are not waited for where no stream is offered, and asked about once', async () => {
    await start({ offersStream: false });
    expect(await send('greet', () => Promise.resolve({ result: {} }))).toMatchObject(says('hello'));
    expect(await send('greet', () => Promise.resolve({ result: {} }))).toMatchObject(says('hello'));
    expect(streams).toBe(1);
  });

  it('reach the client of the call, over one stream for all calls of its session', async () => {
    await start();
    const asked: ServerMessage[] = [];
    const ask = (message: ServerMessage) => {
      asked.push(message);
      return Promise.resolve({ result: { action: 'decline' } });
    };
    expect(await send('ask', ask)).toMatchObject(says('{"action":"decline"}'));
    expect(await send('ask', ask)).toMatchObject(says('{"action":"decline"}'));
    expect(asked).toMatchObject([{ params: { message: 'Sure?' } }, { params: { message: 'Sure?' } }]);
    expect(streams).toBe(1);
  });

  it('of a client without a session reach it where one call runs, and nobody where several do', async () => {
    await start();
    waiting = Promise.withResolvers();
    const client = { session: null, capabilities: { elicitation: {} } };
    let asked = 0;
    const ask: SendOptions['ask'] = () => Promise.resolve({ result: { action: 'decline', asked: (asked += 1) } });
    expect(await send('ask', ask, client)).toMatchObject(says('{"action":"decline","asked":1}'));
    expect(declared).toEqual([{ elicitation: { form: {} } }]);
    const other = send('wait', ask, client);
    expect(await send('ask', ask, client)).toMatchObject(says('{"code":-32601}'));
    waiting.resolve();
    await other;
    expect(streams).toBe(1);
  });
});
