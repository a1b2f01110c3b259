import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject, JsonValue } from '@sallyport/contracts';

export interface LeanUpstreamOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** How many tools it lists: `echo`, then `echo_2`, `echo_3`, … */
  readonly tools?: number;
  /** Whether `effects` is kept; memory grows with each new message. */
  readonly remember?: boolean;
}

export interface LeanUpstream {
  readonly url: string;
  /** `tools/call` requests that ran. */
  calls(): number;
  /** How often each `message` was echoed, where `remember` is on. */
  readonly effects: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** What ran. */
export interface Counted {
  calls: number;
  effects: Map<string, number>;
  remember: boolean;
}

/**
 * An MCP server that does next to nothing: `echo` over JSON answers, both eras, no session, no schema check. It is the
 * measure in benchmarks, and counts what ran in crash tests. GET `/__stats` answers calls, effects and CPU microseconds. At
 * `/events` a call is answered by an event stream, with its progress ahead of the answer.
 */
export async function startLeanUpstream(options: LeanUpstreamOptions = {}): Promise<LeanUpstream> {
  const { port = 0, tools = 1, remember = false } = options;
  const counted: Counted = { calls: 0, effects: new Map(), remember };
  const list = echoTools(tools);
  const server = createServer((request, response) => {
    if (request.method === 'GET') return stats(response, counted);
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const send = request.url === '/events' ? sendEvents : sendJson;
    read(request, (text) => send(response, answerTo(text, list, counted)));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}/mcp`,
    calls: () => counted.calls,
    effects: counted.effects,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface LeanRequest {
  readonly id?: number | string;
  readonly method: string;
  readonly params?: { readonly _meta?: JsonObject; readonly arguments?: { readonly message?: unknown } };
}

interface LeanAnswer {
  readonly text: string;
  readonly progressToken: JsonValue | undefined;
}

/** What answers one message; null for a notification. */
export function answerTo(text: string, tools: readonly JsonObject[], counted: Counted): LeanAnswer | null {
  const request = JSON.parse(text) as LeanRequest;
  if (request.id === undefined) return null;
  const result = resultOf(request, tools, counted);
  const meta = request.params?._meta;
  if (meta?.['io.modelcontextprotocol/protocolVersion'] !== undefined && result !== null)
    result['resultType'] = 'complete';
  const body = result === null ? { error: { code: -32601, message: 'Method not found' } } : { result };
  return {
    text: JSON.stringify({ jsonrpc: '2.0', id: request.id, ...body }),
    progressToken: meta?.['progressToken'],
  };
}

function sendJson(response: ServerResponse, answer: LeanAnswer | null): void {
  if (answer === null) return void response.writeHead(202).end();
  const bytes = Buffer.from(answer.text);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes);
}

function sendEvents(response: ServerResponse, answer: LeanAnswer | null): void {
  if (answer?.progressToken === undefined) return sendJson(response, answer);
  const params = { progressToken: answer.progressToken, progress: 1 };
  const progress = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${progress}\n\n`);
  response.end(`data: ${answer.text}\n\n`);
}

function resultOf(request: LeanRequest, tools: readonly JsonObject[], counted: Counted): JsonObject | null {
  if (request.method === 'tools/call') return echo(request, counted);
  if (request.method === 'tools/list') return { tools: [...tools], ttlMs: 60_000, cacheScope: 'public' };
  const capabilities = { tools: {} };
  if (request.method === 'server/discover') {
    return { supportedVersions: ['2026-07-28'], capabilities, ttlMs: 0, cacheScope: 'private' };
  }
  if (request.method !== 'initialize') return null;
  return { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 'lean', version: '1' } };
}

function echo({ params }: LeanRequest, counted: Counted): JsonObject {
  const message = String(params?.arguments?.message);
  counted.calls += 1;
  if (counted.remember) counted.effects.set(message, (counted.effects.get(message) ?? 0) + 1);
  return { content: [{ type: 'text', text: message }] };
}

/** `echo`, then `echo_2`, `echo_3`, … */
export function echoTools(count: number): readonly JsonObject[] {
  return Array.from({ length: count }, (_, index) => echoTool(index === 0 ? 'echo' : `echo_${index + 1}`));
}

function echoTool(name: string): JsonObject {
  return {
    name,
    description: 'Answers with the message that it is given.',
    inputSchema: {
      type: 'object',
      properties: { message: { type: 'string' } },
      required: ['message'],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
  };
}

function stats(response: ServerResponse, { calls, effects }: Counted): void {
  const body = JSON.stringify({ calls, effects: Object.fromEntries(effects), cpu: process.cpuUsage() });
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}

/** Reads a whole request body as text. */
export function read(request: IncomingMessage, then: (text: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => then(Buffer.concat(chunks).toString('utf8')));
}
