import { request } from 'node:http';
import type { JsonObject } from '@sallyport/contracts';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

/** One HTTP request, byte by byte. Rejects when the connection breaks. */
export function send({ port }: { readonly port: number }, sent: Sent = {}): Promise<Answered> {
  const { method = 'POST', path = '/mcp', headers = {}, body = '', signal } = sent;
  return new Promise((resolve, reject) => {
    // Said by hand: for some methods Node sends a body without its length, and it is then read as a second request.
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const all = body.length > 0 ? { ...length, ...headers } : headers;
    const options = { port, host: '127.0.0.1', method, path, headers: all, agent: false as const };
    const outgoing = request({ ...options, ...(signal !== undefined && { signal }) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const MODERN = '2026-07-28';

/** Headers of one stateless request. */
export function modernHeaders(token: string, method: string, name?: string): Record<string, string> {
  return {
    ...json,
    authorization: `Bearer ${token}`,
    'mcp-protocol-version': MODERN,
    'mcp-method': method,
    ...(name !== undefined && { 'mcp-name': name }),
  };
}

/** `_meta` of one stateless request. */
export function modernMeta(capabilities: JsonObject = {}): JsonObject {
  return {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
}

export interface Decision {
  readonly decision: string;
  readonly reason: string;
  readonly id: string;
  readonly approval?: string;
  readonly retryAfterMs?: number;
}

export interface ToolAnswer {
  readonly status: number;
  readonly text: string;
  readonly result: JsonObject | undefined;
  readonly error: { readonly code: number; readonly message: string; readonly data?: JsonObject } | undefined;
  /** Ours; undefined where the answer is an error of ours. */
  readonly meta: Decision | undefined;
  /** The text of the first content block. */
  readonly said: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly capabilities?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: JsonObject;
  readonly path?: string;
}

/** One `tools/call` of the stateless revision; `args` may be JSON text for what no object can say. */
export async function callTool(
  sallyport: { readonly port: number },
  token: string,
  [name, args]: readonly [string, JsonObject | string],
  { signal, capabilities = {}, headers = {}, params = {}, path = '/mcp' }: CallOptions = {},
): Promise<ToolAnswer> {
  const rest = JSON.stringify({ ...params, _meta: modernMeta(capabilities) }).slice(1);
  const given = typeof args === 'string' ? args : JSON.stringify(args);
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${JSON.stringify(name)},"arguments":${given},${rest}}`;
  const all = { ...modernHeaders(token, 'tools/call', name), ...headers };
  const answer = await send(sallyport, { path, headers: all, body, ...(signal !== undefined && { signal }) });
  return { status: answer.status, ...read(answer.text), text: answer.text };
}

function read(text: string): Omit<ToolAnswer, 'status' | 'text'> {
  const { result, error } = JSON.parse(lastMessage(text)) as Partial<Pick<ToolAnswer, 'result' | 'error'>>;
  const told = (result?.['_meta'] ?? error?.data) as Record<string, Decision> | undefined;
  const meta = told?.['dev.sallyport/decision'];
  return { result, error, meta, said: error?.message ?? textIn(result) };
}

function textIn(result: JsonObject | undefined): string {
  const [block] = (result?.['content'] ?? []) as { text?: string }[];
  return block?.text ?? '';
}

/** A JSON answer as it is, or the last message of a stream. */
function lastMessage(text: string): string {
  if (!/^(event|data|id|retry|:)/m.test(text) || text.startsWith('{')) return text;
  return messagesOf(text).at(-1) ?? '';
}

/** All messages of a stream, as JSON text. */
export function messagesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trim())
    .filter((data) => data !== '');
}

/** A session of 2025-11-25, opened by a client that calls itself `name`. */
export async function legacySession(
  sallyport: { readonly port: number },
  token: string,
  name = 'raw',
  capabilities: JsonObject = {},
) {
  const version = '2025-11-25';
  const headers = { ...json, authorization: `Bearer ${token}` };
  const params = { protocolVersion: version, capabilities, clientInfo: { name, version: '1' } };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  const opened = await send(sallyport, { headers, body });
  const own = {
    ...headers,
    'mcp-session-id': String(opened.headers['mcp-session-id']),
    'mcp-protocol-version': version,
  };
  return {
    /** Of every request in it. */
    headers: own,
    /** One `tools/call`; what was decided of it. */
    async call(tool: string, args: JsonObject): Promise<Decision | undefined> {
      const called = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: args } };
      return read((await send(sallyport, { headers: own, body: JSON.stringify(called) })).text).meta;
    },
  };
}
