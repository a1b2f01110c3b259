import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clientMethod, type JsonObject, type JsonValue } from '@sallyport/contracts';
import { encodeHeaderValue } from '@sallyport/mcp';
import { createHttpEndpoint, type HttpEndpoint } from '../http/http-endpoint.ts';
import type { GatewayOptions } from '../endpoint-options.ts';
import { fakeOptions, FakeGateway } from './fake-gateway.ts';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The JSON body, or the last message of the stream. */
  readonly json: { id?: unknown; result?: JsonObject; error?: { code: number; message: string; data?: JsonObject } };
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** A list sends the header as often. */
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** An endpoint on a bare HTTP server, spoken to byte by byte. */
export interface RunningEndpoint {
  readonly endpoint: HttpEndpoint;
  readonly gateway: FakeGateway;
  readonly incidents: readonly string[];
  readonly server: Server;
  readonly port: number;
  send(sent: Sent): Promise<Answered>;
  /** A request of the stateless revision with all its headers; members of `change` replace them. */
  modern(method: string, params?: JsonObject, change?: Change): Promise<Answered>;
  /** A request in a session. */
  legacy(method: string, params?: JsonObject, headers?: OutgoingHttpHeaders): Promise<Answered>;
  /** Opens a session and returns its header. */
  open(capabilities?: JsonObject, version?: string, token?: string): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export interface Change {
  readonly headers?: Record<string, string>;
  readonly without?: readonly string[];
  /** An undefined member leaves that key out. */
  readonly meta?: Readonly<Record<string, JsonValue | undefined>>;
  readonly capabilities?: JsonObject;
  readonly path?: string;
}

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

export async function runEndpoint(extra: Partial<GatewayOptions> = {}): Promise<RunningEndpoint> {
  const gateway = new FakeGateway();
  const options = fakeOptions(gateway, extra);
  const endpoint = createHttpEndpoint(options);
  const server = createServer((incoming, response) => {
    const [, , upstream] = (incoming.url ?? '').split('/');
    void endpoint.handle(incoming, response, { tenant: null, upstream: upstream ?? null });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const send = (sent: Sent) => sendTo(port, sent);

  function modern(method: string, params: JsonObject = {}, change: Change = {}): Promise<Answered> {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': change.capabilities ?? {},
      ...change.meta,
    };
    const target = params[clientMethod(method)?.target ?? ''];
    const name = typeof target === 'string' ? { 'mcp-name': encodeHeaderValue(target) } : {};
    const all: Record<string, string> = {
      ...json,
      authorization: 'Bearer alice',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...name,
      ...change.headers,
    };
    for (const header of change.without ?? []) delete all[header];
    const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method, params: { ...params, _meta: meta } });
    return send({ headers: all, body, path: change.path ?? '/mcp' });
  }

  function legacy(method: string, params: JsonObject = {}, headers: OutgoingHttpHeaders = {}): Promise<Answered> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method, params });
    return send({ headers: { ...json, authorization: 'Bearer alice', ...headers }, body });
  }

  async function open(capabilities: JsonObject = {}, version = '2025-11-25', token = 'alice') {
    const params = { protocolVersion: version, capabilities, clientInfo: { name: 'raw', version: '1' } };
    const authorization = `Bearer ${token}`;
    const { headers } = await legacy('initialize', params, { authorization });
    return { authorization, 'mcp-session-id': String(headers['mcp-session-id']), 'mcp-protocol-version': version };
  }

  return {
    endpoint,
    gateway,
    incidents: options.incidents,
    server,
    port,
    send,
    modern,
    legacy,
    open,
    close: () => stop(server),
  };
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function sendTo(port: number, { method = 'POST', path = '/mcp', headers = {}, body = '' }: Sent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: lastJson(text) });
      });
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function lastJson(text: string): Answered['json'] {
  const last = /^(event|id|:)/.test(text) ? text.trimEnd().split('data: ').at(-1) : text;
  return last === undefined || last === '' ? {} : (JSON.parse(last) as Answered['json']);
}
