import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonValue, Principal } from '@sallyport/contracts';
import { parseStrict } from '@sallyport/strict-json';
import { answerPreflight } from './cross-origin.ts';
import { readEra } from './era.ts';
import { createHttpGate, type HttpGate } from './http-gate.ts';
import { HttpReply, sendJson } from './http-reply.ts';
import { createInFlight, type InFlight } from './in-flight.ts';
import { initialize } from './initialize.ts';
import { readMessage, type RpcMessage, type RpcRequest } from './message.ts';
import { mirrorFault } from './mirrored-headers.ts';
import { type GatewayOptions, MAX_ASK_MS } from './options.ts';
import { type Arrival, legacyPeer, modernPeer } from './peers.ts';
import { errorCodes } from './protocol.ts';
import { readBody } from './read-body.ts';
import { createRequestStates } from './request-state.ts';
import { heed, serve, type ServeParts } from './serve.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { errorText, type Fault, type RpcId } from './wire.ts';

/** The MCP endpoint over HTTP, both eras. */
export interface HttpDoor {
  /** One request to `/mcp` or `/mcp/<upstream>`. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse, upstream: string | null): Promise<void>;
  /** Protected-resource metadata. */
  metadata(request: IncomingMessage, response: ServerResponse): void;
  /** Takes no new requests and resolves when those in flight are answered. */
  drain(): Promise<void>;
  readonly inFlight: number;
}

interface Door {
  readonly gate: HttpGate;
  readonly sessions: Sessions;
  readonly serving: ServeParts;
  readonly inFlight: InFlight;
  readonly maxBytes: number;
}

/** One request on its way in. */
interface Incoming extends Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: IncomingMessage['headers'];
}

export function createHttpDoor(options: GatewayOptions): HttpDoor {
  const { passage, keys, clock, ids, observer, config, version = '0.0.0' } = options;
  const decideMs = config.approvals.decide_within;
  const states = createRequestStates({ keys, clock, ids }, decideMs);
  const stop = new AbortController();
  const askMs = Math.min(decideMs, MAX_ASK_MS);
  const door: Door = {
    gate: createHttpGate(options),
    sessions: createSessions({ clock, ids }, options.sessions),
    serving: { passage, keys, clock, ids, observer, version, states, askMs, stopping: stop.signal },
    inFlight: createInFlight(),
    maxBytes: config.max_request_bytes,
  };

  async function handle(request: IncomingMessage, response: ServerResponse, upstream: string | null): Promise<void> {
    door.inFlight.enter();
    try {
      await receive(door, request, response, upstream);
    } catch (error) {
      observer.trouble('request_failed', error instanceof Error ? (error.stack ?? error.message) : String(error));
      if (!response.headersSent) sendJson(response, 500, errorText(null, internal));
    } finally {
      door.inFlight.leave();
    }
  }

  return {
    handle,
    metadata: (request, response) => door.gate.metadata(request, response),
    drain() {
      stop.abort();
      return door.inFlight.drain();
    },
    get inFlight() {
      return door.inFlight.count;
    },
  };
}

async function receive(
  door: Door,
  request: IncomingMessage,
  response: ServerResponse,
  upstream: string | null,
): Promise<void> {
  const { headers } = request;
  if (!door.gate.admit(request, response)) return;
  if (request.method === 'OPTIONS') return answerPreflight(response, headers['access-control-request-headers']);
  const principal = await door.gate.identify(request, response);
  if (principal === null) return;
  if (request.method === 'DELETE') return endSession(door, request, response, principal);
  if (request.method !== 'POST') return wrongMethod(response);

  if (!isJson(headers['content-type'])) return turnDown(response, null, notJson);
  return readMessageOf(door, { request, response, headers, principal, upstream, bytes: 0, running: null });
}

async function readMessageOf(door: Door, coming: Incoming): Promise<void> {
  const body = await readBody(coming.request, door.maxBytes);
  if (body === 'gone') return;
  if (body === 'too_large') return refuse(door, { ...coming, bytes: declaredBytes(coming) }, null, tooLarge);
  const incoming = { ...coming, bytes: body.length };
  const parsed = parseStrict(body, { maxBytes: door.maxBytes });
  if (!parsed.ok) return refuse(door, incoming, null, parseFault(parsed.code, parsed.message));
  const message = readMessage(parsed.value);
  if (message === null) return refuse(door, incoming, null, shapeFault(parsed.value));
  return dispatch(door, message, incoming);
}

function declaredBytes({ headers }: Incoming): number {
  return Number(headers['content-length'] ?? 0);
}

/** Also keeps web pages out: a form can't send this type. */
function isJson(type: string | undefined): boolean {
  return type === 'application/json' || /^application\/json *(;|$)/i.test(type ?? '');
}

function dispatch(door: Door, message: RpcMessage, incoming: Incoming): Promise<void> {
  if (message.kind === 'request') return dispatchRequest(door, message, incoming);
  const session = door.sessions.find(sessionId(incoming), incoming.principal);
  if (sessionId(incoming) !== undefined && session === undefined) return refuse(door, incoming, null, noSession);
  if (session !== undefined && message.kind === 'response') session.asks.settle(message);
  if (session !== undefined && message.kind === 'notification') heed(message, session.running);
  incoming.response.writeHead(202, { 'content-length': 0 }).end();
  return Promise.resolve();
}

function dispatchRequest(door: Door, message: RpcRequest, incoming: Incoming): Promise<void> {
  const { headers, response } = incoming;
  if (door.inFlight.draining) return Promise.resolve(stopping(response, message.id));
  const era = readEra(message, protocolVersion(incoming));
  if (era === 'legacy') return legacyRequest(door, message, incoming);
  const fault = 'code' in era ? era : mirrorFault(message, headers);
  if (fault !== null) return refuse(door, incoming, message.id, fault);
  return serve(door.serving, message, modernPeer(era as Exclude<typeof era, Fault>, incoming), replyOf(incoming));
}

function legacyRequest(door: Door, message: RpcRequest, incoming: Incoming): Promise<void> {
  const { response } = incoming;
  if (message.method === 'initialize') {
    const opened = initialize(door, message, incoming);
    if ('code' in opened) return refuse(door, incoming, message.id, opened);
    response.setHeader('mcp-session-id', opened.session.id);
    sendJson(response, 200, opened.text);
    return Promise.resolve();
  }
  const id = sessionId(incoming);
  const session = door.sessions.find(id, incoming.principal);
  if (session === undefined) return refuse(door, incoming, message.id, id === undefined ? sessionNeeded : noSession);
  return serve(door.serving, message, legacyPeer(session, incoming), replyOf(incoming));
}

function replyOf({ response, headers }: Incoming): HttpReply {
  return new HttpReply(response, headers.accept?.includes('text/event-stream') === true);
}

function sessionId({ headers }: Incoming): string | undefined {
  const id = headers['mcp-session-id'];
  return typeof id === 'string' ? id : undefined;
}

function protocolVersion({ headers }: Incoming): string | undefined {
  const version = headers['mcp-protocol-version'];
  return typeof version === 'string' ? version : undefined;
}

function endSession(
  { sessions }: Door,
  { headers }: IncomingMessage,
  response: ServerResponse,
  principal: Principal,
): void {
  const id = headers['mcp-session-id'];
  const ended = typeof id === 'string' && sessions.end(id, principal);
  if (ended) response.writeHead(204).end();
  else turnDown(response, null, id === undefined ? sessionNeeded : noSession);
}

/** There is no stream of our own to offer: what a call streams comes on its own POST. */
function wrongMethod(response: ServerResponse): void {
  response.setHeader('allow', 'POST, DELETE');
  sendJson(response, 405, errorText(null, { code: errorCodes.invalidRequest, message: 'Method not allowed' }));
}

function stopping(response: ServerResponse, id: RpcId): void {
  response.setHeader('retry-after', '1');
  sendJson(response, 503, errorText(id, { code: errorCodes.internal, message: 'Stopping; try again.' }));
}

/** Records what never became a call, then says so. */
async function refuse(
  door: Door,
  { principal, bytes, response }: Incoming,
  id: RpcId | null,
  fault: Fault,
): Promise<void> {
  await door.serving.passage.refuse(principal, fault.reason, bytes);
  turnDown(response, id, fault);
}

function turnDown(response: ServerResponse, id: RpcId | null, fault: Fault): void {
  if (fault === tooLarge) response.setHeader('connection', 'close'); // the rest of the body is not read
  sendJson(response, fault.status, errorText(id, fault));
}

function fault(status: number, reason: string, message: string): Fault {
  return { status, code: errorCodes.invalidRequest, message, reason };
}

function parseFault(reason: string, message: string): Fault {
  return { status: 400, code: errorCodes.parse, message: `Parse error: ${message}`, reason };
}

function shapeFault(value: JsonValue): Fault {
  return Array.isArray(value) ? batch : notRpc;
}

const tooLarge = fault(413, 'too_large', 'The request is too large.');
const notJson = fault(415, 'not_json', 'The content type must be application/json.');
const notRpc = fault(400, 'invalid_request', 'The body is not a JSON-RPC 2.0 message.');
const batch = fault(400, 'batch', 'Batches are not accepted: one body, one message.');
const sessionNeeded = fault(400, 'session_needed', 'The header Mcp-Session-Id is missing: initialize first.');
const noSession = fault(404, 'no_session', 'There is no such session: initialize again.');
const internal = { code: errorCodes.internal, message: 'Internal error' };
