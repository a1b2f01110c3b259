import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@sallyport/contracts';

/** One `tools/call` that reached the upstream. */
export interface UpstreamCall {
  readonly tool: string;
  readonly args: JsonObject;
  readonly headers: IncomingHttpHeaders;
  /** The whole message as text. */
  readonly text: string;
  readonly token: unknown;
  /** Sends a notification before the answer. */
  notify(method: string, params: JsonObject): void;
  /** Aborted when Sallyport closed the connection before the answer was out. */
  readonly gone: AbortSignal;
}

export type Behaviour = (call: UpstreamCall) => JsonObject | Promise<JsonObject>;

/** An MCP server of the stateless revision that does what a test says. */
export interface ScriptedUpstream {
  readonly url: string;
  tools: JsonObject[];
  /** What it says of itself when it is asked what it speaks. */
  instructions: string | null;
  behaviour: Behaviour;
  readonly calls: UpstreamCall[];
  /** Every header and body that came in, as text. */
  readonly heard: string[];
  /** Resolves at the next call. */
  nextCall(): Promise<UpstreamCall>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: unknown;
  readonly method: string;
  readonly params?: { readonly name?: string; readonly arguments?: JsonObject; readonly _meta?: JsonObject };
}

/** A result of one text. */
export function textResult(text: string): JsonObject {
  return { content: [{ type: 'text', text }] };
}

/** A tool that takes anything. */
export function anyTool(name: string, more: JsonObject = {}): JsonObject {
  return { name, description: `Does ${name}.`, inputSchema: { type: 'object' }, ...more };
}

/** Starts it on a free port; by default it has the tool `run` and answers `done`. */
export async function startScriptedUpstream(
  tools: JsonObject[] = [anyTool('run')],
  behaviour: Behaviour = () => textResult('done'),
): Promise<ScriptedUpstream> {
  const waiting: ((call: UpstreamCall) => void)[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((text) => serve(request, response, text));
  });

  async function serve(request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    upstream.heard.push(`${JSON.stringify(request.headers)}\n${text}`);
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const message = JSON.parse(text) as Message;
    if (message.id === undefined) return void response.writeHead(202).end();
    if (message.method !== 'tools/call') return reply(response, message.id, answerTo(message.method, upstream));
    const call = callOf(message, { headers: request.headers, text, response });
    upstream.calls.push(call);
    waiting.shift()?.(call);
    const result = await upstream.behaviour(call);
    if (!response.destroyed) reply(response, message.id, { result: { resultType: 'complete', ...result } });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream: ScriptedUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    tools,
    instructions: null,
    behaviour,
    calls: [],
    heard: [],
    nextCall: () => new Promise((resolve) => waiting.push(resolve)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}

function callOf(
  { params = {} }: Message,
  { headers, text, response }: { headers: IncomingHttpHeaders; text: string; response: ServerResponse },
): UpstreamCall {
  const gone = new AbortController();
  response.on('close', () => response.writableFinished || gone.abort());
  return {
    tool: params.name ?? '',
    args: params.arguments ?? {},
    headers,
    text,
    token: params._meta?.['progressToken'],
    gone: gone.signal,
    notify(method, about) {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', method, params: about })}\n\n`);
    },
  };
}

function answerTo(method: string, { tools, instructions }: ScriptedUpstream): JsonObject {
  if (method === 'tools/list') return { result: { resultType: 'complete', tools, ttlMs: 0, cacheScope: 'private' } };
  if (method === 'server/discover') {
    const said = instructions === null ? {} : { instructions };
    return {
      result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, ...said },
    };
  }
  return { error: { code: -32601, message: 'Method not found' } };
}

function reply(response: ServerResponse, id: unknown, body: JsonObject): void {
  const text = JSON.stringify({ jsonrpc: '2.0', id, ...body });
  if (response.headersSent) return void response.end(`data: ${text}\n\n`);
  response.writeHead(200, { 'content-type': 'application/json' }).end(text);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
