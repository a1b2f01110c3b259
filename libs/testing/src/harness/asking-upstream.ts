import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@sallyport/contracts';

/** A request of the upstream to the client. */
export type Asked = readonly [method: string, params: JsonObject];

/** An MCP server of 2025-11-25 whose tools make what requests the test says: `ask` waits for the answers, `leave` does not; `fail` answers with an error. */
export interface AskingUpstream {
  readonly url: string;
  /** What the next calls ask, one after the other; the answer of a call is what came back, as JSON text. */
  asks: readonly Asked[];
  /** Notifications that the next calls send first. */
  tells: readonly Asked[];
  /** The error that `fail` answers with. */
  error: JsonObject;
  /** The capabilities of each session, as `initialize` told of them. */
  readonly declared: JsonObject[];
  /** Every response of a client, in order. */
  readonly answers: JsonObject[];
  /** Asks on the stream of a session (the last one that was opened), while no call need be running. */
  stray(asked: Asked): Promise<JsonObject>;
  /** Resolves when somebody listens to such a stream. */
  readonly listened: Promise<void>;
  close(): Promise<void>;
}

interface Message extends JsonObject {
  readonly method?: string;
  readonly id?: string | number;
  readonly params?: JsonObject;
}

const tool = (name: string): JsonObject => ({ name, description: name, inputSchema: { type: 'object' } });

/** Starts it on a free port. */
export async function startAskingUpstream(): Promise<AskingUpstream> {
  const waiting = new Map<string, (answer: JsonObject) => void>();
  const streams: ServerResponse[] = [];
  const listening = Promise.withResolvers<void>();
  const server = createServer(
    (request, response) => void bodyOf(request).then((text) => serve(request, response, text)),
  );

  function serve(request: IncomingMessage, response: ServerResponse, text: string): void {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      streams.push(response);
      return listening.resolve();
    }
    if (request.method !== 'POST') return void response.writeHead(200).end();
    const message = JSON.parse(text) as Message;
    if (message.method === undefined) heard(message);
    if (message.method === undefined || message.id === undefined) return void response.writeHead(202).end();
    void answer(message, response);
  }

  function heard(message: Message): void {
    upstream.answers.push(message);
    waiting.get(String(message.id))?.(message);
  }

  async function answer({ method, id = '', params = {} }: Message, response: ServerResponse): Promise<void> {
    const reply = (result: JsonObject): void => void json(response, { jsonrpc: '2.0', id, result });
    switch (method) {
      case 'initialize': {
        upstream.declared.push(params['capabilities'] as JsonObject);
        response.setHeader('mcp-session-id', randomUUID());
        const serverInfo = { name: 'asking', version: '1' };
        return reply({ protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo });
      }
      case 'tools/list':
        return reply({ tools: [tool('ask'), tool('leave'), tool('fail')] });
      case 'tools/call':
        return call(response, {
          id,
          tool: String(params['name']),
          token: (params['_meta'] as JsonObject)?.['progressToken'],
        });
      default:
        return void json(response, { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } });
    }
  }

  /** `leave` does not wait for answers. */
  async function call(
    response: ServerResponse,
    { id, tool: name, token }: { id: string | number; tool: string; token: unknown },
  ): Promise<void> {
    if (name === 'fail') return json(response, { jsonrpc: '2.0', id, error: upstream.error });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [method, params] of upstream.tells) {
      const told = method === 'notifications/progress' ? { ...params, progressToken: token as string } : params;
      event(response, { jsonrpc: '2.0', method, params: told });
    }
    const answers: JsonObject[] = [];
    for (const asked of upstream.asks) {
      const answered = put(response, asked);
      if (name === 'ask') answers.push(await answered);
    }
    if (name === 'leave') await new Promise((resolve) => setTimeout(resolve, 300));
    event(response, { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: JSON.stringify(answers) }] } });
    response.end();
  }

  function put(response: ServerResponse, [method, params]: Asked): Promise<JsonObject> {
    const id = randomUUID();
    const answered = new Promise<JsonObject>((resolve) => waiting.set(id, resolve));
    event(response, { jsonrpc: '2.0', id, method, params });
    return answered.then(({ result, error }) => (result ?? { error: error ?? null }) as JsonObject);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream: AskingUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    asks: [],
    tells: [],
    error: { code: -32603, message: 'failed' },
    declared: [],
    answers: [],
    listened: listening.promise,
    stray(asked) {
      const stream = streams.at(-1);
      return stream === undefined ? Promise.reject(new Error('nobody listens')) : put(stream, asked);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}

function event(response: ServerResponse, message: JsonObject): void {
  response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
}

function json(response: ServerResponse, message: JsonObject): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(message));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
