import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

/** One call to a nasty upstream, and the means to answer it badly. */
export interface NastyCall {
  readonly id: unknown;
  /** The progress token that came with the call; undefined where there was none. */
  readonly token: unknown;
  readonly response: ServerResponse;
}

const SQL_ERROR =
  'error: duplicate key value violates unique constraint "orders_pkey"\n  detail: Key (id)=(1001) already exists.\n' +
  "  query: INSERT INTO orders (id, customer, card) VALUES (1001, 'bob', '4111111111111111')\n" +
  '    at Parser.parseErrorMessage (/srv/app/node_modules/pg-protocol/dist/parser.js:285:98)';

const MEBIBYTE = 1_048_576;

/** Every way in which a nasty upstream answers `tools/call`. Its lists and handshakes are in order. */
export const nastyAnswers = {
  hang: () => undefined,
  garbage: (call) => json(call, '<html>it works!</html>'),
  not_json_type: (call) => send(call, 200, 'text/html', '<html>it works!</html>'),
  not_rpc: (call) => json(call, '{"hello":"world"}'),
  no_result: (call) => json(call, JSON.stringify({ jsonrpc: '2.0', id: call.id, result: null })),
  batch: (call) => json(call, `[${good(call)}]`),
  empty: (call) => json(call, ''),
  accepted: (call) => send(call, 202, 'text/plain', ''),
  wrong_id: (call) => json(call, good({ ...call, id: 987_654_321 })),
  string_id: (call) => json(call, good({ ...call, id: String(call.id) })),
  untyped: ({ id, response }) => void response.writeHead(200).end(good({ id })),
  created: (call) => send(call, 201, 'application/json', good(call)),
  byte_order_mark: (call) => json(call, `\ufeff${good(call)}`),
  gzip: (call) => gzipped(call, 'application/json', gzipSync(good(call))),
  gzip_bomb: (call) => gzipped(call, 'application/json', gzipSync(Buffer.alloc(20 * MEBIBYTE, 0x20))),
  gzip_broken: (call) => gzipped(call, 'application/json', gzipSync(good(call)).subarray(0, 20)),
  interim: (call) => json(call, rpc(call, { resultType: 'input_required', inputRequests: {}, requestState: 'x' })),
  huge: ({ response }) => huge(response, 'application/json', '{"jsonrpc":"2.0","padding":"'),
  huge_claimed: ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 50 * MEBIBYTE });
    response.write('{');
  },
  huge_event: ({ response }) => huge(response, 'text/event-stream', 'data: {"jsonrpc":"2.0","padding":"'),
  endless_events: ({ response }) => endless(response),
  close_before: ({ response }) => void response.socket?.destroy(),
  close_midway: ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
    response.write('{"jsonrpc":', () => response.socket?.destroy());
  },
  close_after: (call) => {
    const { socket } = call.response;
    call.response.on('finish', () => setTimeout(() => socket?.destroy(), 1));
    json(call, good(call));
  },
  drip: ({ response }) => drip(response),
  status_500: (call) => send(call, 500, 'text/html', `<h1>Internal Server Error</h1><pre>${SQL_ERROR}</pre>`),
  status_401: (call) => send(call, 401, 'application/json', '{"error":"invalid_token"}'),
  redirect: ({ response }) => void response.writeHead(307, { location: '/elsewhere' }).end(),
  sql_result: (call) => json(call, rpc(call, { content: [{ type: 'text', text: SQL_ERROR }], isError: true })),
  sql_error: (call) =>
    json(call, JSON.stringify({ jsonrpc: '2.0', id: call.id, error: { code: -32603, message: SQL_ERROR } })),
  events: (call) => events(call, [progress(call, 1), logged(), good(call)], true),
  events_open: (call) => events(call, [good(call)], false),
  events_crlf: (call) => events(call, [good(call)], true, '\r\n'),
  events_foreign: (call) => {
    const types = ['ping', 'keepalive', 'open'].map((type) => `event: ${type}\ndata: still here\n\n`);
    call.response.writeHead(200, { 'content-type': 'text/event-stream' }).write(types.join(''));
    call.response.end(`data: ${good(call)}\n\n`);
  },
  events_no_rpc: (call) => events(call, ['still here', '', '[7]', '{"type":"heartbeat"}', good(call)], true),
  events_null_id: (call) => events(call, [lost(), good(call)], true),
  events_batch: (call) => events(call, [`[${logged()},${good(call)}]`], true),
  events_gzip: (call) => gzipped(call, 'text/event-stream', gzipSync(`: hi\n\ndata: ${good(call)}\n\n`)),
  events_end: (call) => events(call, [progress(call, 1)], true),
  events_garbage: (call) => events(call, ['<html>'], true),
  events_wrong_id: (call) => events(call, [good({ ...call, id: 987_654_321 })], true),
  events_request: (call) => events(call, [asking(), good(call)], true),
  events_foreign_progress: (call) => events(call, [foreignProgress(), good(call)], true),
} satisfies Record<string, (call: NastyCall) => void>;

export type NastyMode = keyof typeof nastyAnswers;

/** A proper answer to a call. */
export function good(call: Pick<NastyCall, 'id'>): string {
  return rpc(call, { content: [{ type: 'text', text: 'done' }] });
}

function rpc({ id }: Pick<NastyCall, 'id'>, result: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result });
}

function asking(): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 'ask', method: 'elicitation/create', params: { message: 'Your pin?' } });
}

function lost(): string {
  return JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32601, message: 'Method not found' } });
}

function progress({ token }: NastyCall, done: number): string {
  return notification('notifications/progress', { progressToken: token, progress: done, total: 2 });
}

function foreignProgress(): string {
  return notification('notifications/progress', { progressToken: 'of-somebody-else', progress: 1 });
}

function logged(): string {
  return notification('notifications/message', { level: 'info', data: 'half way' });
}

function notification(method: string, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

function json(call: NastyCall, body: string): void {
  send(call, 200, 'application/json', body);
}

function gzipped({ response }: NastyCall, type: string, body: Buffer): void {
  response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip' }).end(body);
}

function send({ response }: NastyCall, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}

function events({ response }: NastyCall, messages: readonly string[], end: boolean, eol = '\n'): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const message of messages) response.write(`event: message${eol}data: ${message}${eol}${eol}`);
  if (end) response.end();
}

function huge(response: ServerResponse, type: string, start: string): void {
  response.writeHead(200, { 'content-type': type });
  response.write(start);
  const block = Buffer.alloc(MEBIBYTE, 'x');
  let left = 50;
  function more(): void {
    while (left > 0 && !response.destroyed) {
      left -= 1;
      if (!response.write(block)) return void response.once('drain', more);
    }
    response.end('"}');
  }
  more();
}

function endless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = `data: ${notification('notifications/message', { level: 'info', data: 'x'.repeat(16_384) })}\n\n`;
  const timer = setInterval(() => response.write(event), 1);
  response.on('close', () => clearInterval(timer));
}

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 10);
  response.on('close', () => clearInterval(timer));
}
