import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@sallyport/contracts';
import { read } from './lean-upstream.ts';
import { nastyAnswers } from './nasty-answers.ts';
import type { NastyMode } from './nasty-answers.ts';

/** One request as it came in. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** The JSON-RPC message; an empty object where there was none. */
  readonly message: JsonObject;
}

export interface NastyUpstream {
  readonly url: string;
  /** The mode that holds from the next call on. */
  mode: NastyMode;
  /** What it speaks from the next request on. */
  era: 'modern' | 'legacy';
  /** Everything that came in, oldest first. */
  readonly seen: readonly SeenRequest[];
  /** `tools/call` requests among them. */
  calls(): number;
  /** Forgets all sessions: calls in them are answered 404. */
  endSessions(): void;
  /** Calls whose connection the client has closed before their answer was over. */
  aborted(): number;
  close(): Promise<void>;
}

/**
 * An MCP server that handshakes and lists as it should, and answers each `tools/call` in one of the ways of
 * `nastyAnswers`. `era` says whether it knows `server/discover`. With `sessions` a legacy one gives out session ids and
 * answers 404 to those that it does not know.
 */
export async function startNastyUpstream(
  mode: NastyMode,
  { era = 'modern', sessions = false }: { era?: 'modern' | 'legacy'; sessions?: boolean } = {},
): Promise<NastyUpstream> {
  const seen: SeenRequest[] = [];
  const ids = new Set<string>();
  let opened = 0;
  let aborted = 0;
  function open(): string {
    opened += 1;
    ids.add(`session-${opened}`);
    return `session-${opened}`;
  }
  function serve(request: IncomingMessage, response: ServerResponse, text: string): void {
    const message = text === '' ? {} : (JSON.parse(text) as JsonObject);
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, message });
    if (message['id'] === undefined || message['method'] === undefined) response.writeHead(202).end();
    else if (message['method'] === 'tools/call') answer(request, response, message);
    else handshake(response, message, nasty.era, sessions && message['method'] === 'initialize' ? open() : null);
  }
  function answer(request: IncomingMessage, response: ServerResponse, message: JsonObject): void {
    response.on('close', () => (aborted += response.writableFinished ? 0 : 1));
    if (sessions && !ids.has(String(request.headers['mcp-session-id']))) return void response.writeHead(404).end();
    const meta = (message['params'] as { _meta?: JsonObject } | undefined)?._meta;
    if (nasty.era === 'modern' && meta?.[VERSION] === undefined) return unsupported(response, message);
    nastyAnswers[nasty.mode]({ id: message['id'], token: meta?.['progressToken'], response });
  }
  const server = createServer((request, response) => read(request, (text) => serve(request, response, text)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const nasty: NastyUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    mode,
    era,
    seen,
    calls: () => seen.filter(({ message }) => message['method'] === 'tools/call').length,
    endSessions: () => ids.clear(),
    aborted: () => aborted,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return nasty;
}

const VERSION = 'io.modelcontextprotocol/protocolVersion';

function unsupported(response: ServerResponse, message: JsonObject): void {
  const error = { code: -32022, message: 'Unsupported protocol version', data: { supported: ['2026-07-28'] } };
  response.writeHead(400, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', id: message['id'], error }));
}

function handshake(
  response: ServerResponse,
  message: JsonObject,
  era: 'modern' | 'legacy',
  session: string | null,
): void {
  if (message['method'] === 'initialize' && era === 'modern') return unsupported(response, message);
  const result = resultOf(String(message['method']), era);
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (session !== null) headers['mcp-session-id'] = session;
  const body = result === null ? { error: { code: -32601, message: 'Method not found' } } : { result };
  response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: '2.0', id: message['id'], ...body }));
}

function resultOf(method: string, era: 'modern' | 'legacy'): JsonObject | null {
  const capabilities = { tools: {} };
  if (method === 'tools/list') return { tools: [{ name: 'run', inputSchema: { type: 'object' } }] };
  if (method === 'server/discover' && era === 'modern') {
    return { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities };
  }
  if (method !== 'initialize') return null;
  return { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 'nasty', version: '1' } };
}
