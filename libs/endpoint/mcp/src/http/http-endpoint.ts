import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '@sallyport/contracts';
import { jsonContentFault } from '@sallyport/service';
import { parseStrict } from '@sallyport/base';
import {
  errorText,
  idIn,
  MOST_VALUES,
  readMessage,
  type RpcId,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
  withoutBom,
} from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import { answerPreflight } from './cross-origin.ts';
import { headerEra, readEra } from '../protocol/request-era.ts';
import {
  headFault,
  internal,
  nobodyAsked,
  noSession,
  parseFault,
  sessionNeeded,
  shapeFault,
  stopping,
  wrongMethod,
} from './http-faults.ts';
import { createHttpAdmission, type HttpAdmission } from './http-admission.ts';
import { HttpReply, type RunOn, sendJson } from './http-reply.ts';
import { createInFlight, type InFlight } from './in-flight.ts';
import { createLostCalls, type LostCalls } from './lost-calls.ts';
import { asksForStream, listen } from './listen.ts';
import { createServing } from '../protocol/create-serving.ts';
import { noUpstream } from '../protocol/own-answers.ts';
import { initialize } from '../protocol/initialize.ts';
import { mirrorFault } from '../protocol/mirror-faults.ts';
import type { GatewayOptions } from '../endpoint-options.ts';
import { type Overload, sendOverload } from './overload.ts';
import { type Arrival, legacyClient, modernClient } from '../protocol/mcp-client.ts';
import { readBody } from './read-body.ts';
import { createRequestBodies, type RequestBodies } from './request-bodies.ts';
import { handleNotification, serve, type ServeParts } from '../protocol/serve-request.ts';
import { createSessions, type LegacySession, type Sessions } from '../protocol/sessions.ts';

/** The MCP endpoint over HTTP, both eras. */
export interface HttpEndpoint {
  /** One request to `/mcp` or `/mcp/<upstream>`. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse, upstream: string | null): Promise<void>;
  /** Protected-resource metadata. */
  metadata(request: IncomingMessage, response: ServerResponse): void;
  /** Takes no new requests and resolves when those in flight are answered. */
  drain(): Promise<void>;
  readonly inFlight: number;
}

interface Endpoint {
  readonly gate: HttpAdmission;
  readonly bodies: RequestBodies;
  readonly sessions: Sessions;
  readonly serving: ServeParts;
  readonly inFlight: InFlight;
  readonly lost: LostCalls;
  readonly maxBytes: number;
}

/** One request on its way in. */
interface Incoming extends Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: IncomingMessage['headers'];
}

export function createHttpEndpoint(options: GatewayOptions): HttpEndpoint {
  const { keys, ids, config } = options;
  const stop = new AbortController();
  const gate = createHttpAdmission(options);
  const endpoint: Endpoint = {
    gate,
    bodies: createRequestBodies(options, (principal, requests) => gate.charge(principal, requests)),
    sessions: createSessions({ ids, keys }, options.sessions),
    serving: createServing(options, config.approvals.decide_within, stop.signal),
    inFlight: createInFlight(),
    lost: createLostCalls(),
    maxBytes: config.max_request_bytes,
  };

  async function handle(request: IncomingMessage, response: ServerResponse, upstream: string | null): Promise<void> {
    endpoint.inFlight.enter();
    try {
      await receive(endpoint, request, response, upstream);
    } catch (error) {
      failed(endpoint, response, null, error);
    } finally {
      endpoint.inFlight.leave();
    }
  }

  return {
    handle,
    metadata: (request, response) => endpoint.gate.metadata(request, response),
    drain() {
      stop.abort();
      return endpoint.inFlight.drain();
    },
    get inFlight() {
      return endpoint.inFlight.count;
    },
  };
}

async function receive(
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
  upstream: string | null,
): Promise<void> {
  const { headers } = request;
  if (!endpoint.gate.admit(request, response)) return;
  if (request.method === 'OPTIONS') return answerPreflight(response, headers['access-control-request-headers']);
  const principal = await endpoint.gate.identify(request, response);
  if (principal === null) return;
  if (request.method === 'DELETE') return endSession(endpoint, request, response, principal);
  const bytes = Number(headers['content-length'] ?? 0);
  const incoming = { request, response, headers, principal, upstream, bytes, running: null };
  if (request.method === 'POST') return readMessageOf(endpoint, incoming);
  return asksForStream(request) ? follow(endpoint, incoming) : notPost(response);
}

async function readMessageOf(endpoint: Endpoint, coming: Incoming): Promise<void> {
  const { request, response, principal } = coming;
  const claim = endpoint.bodies.claim(principal);
  try {
    const body = await readBody(request, response, { limit: endpoint.maxBytes, claim });
    if (body === 'gone') return;
    if ('setting' in body) return await turnAway(endpoint, coming, body);
    if ('fault' in body) return await refuse(endpoint, { ...coming, bytes: body.bytes }, body.id, body.fault);
    const turn = await endpoint.bodies.turn(principal, body.length);
    if (typeof turn === 'object') return await turnAway(endpoint, { ...coming, bytes: body.length }, turn);
    const running = response.destroyed
      ? undefined
      : dispatchBody(endpoint, withoutBom(body), { ...coming, bytes: body.length });
    turn();
    claim.free(); // what runs may take long
    return await running;
  } finally {
    claim.free();
  }
}

async function dispatchBody(endpoint: Endpoint, body: Buffer, incoming: Incoming): Promise<void> {
  const { headers } = incoming;
  const content = jsonContentFault(headers);
  if (content !== null) return refuse(endpoint, incoming, idIn(body), headFault(content));
  const parsed = parseStrict(body, { maxBytes: endpoint.maxBytes, maxMembers: MOST_VALUES });
  if (!parsed.ok) return refuse(endpoint, incoming, idIn(body), parseFault(parsed.code, parsed.message));
  const message = readMessage(parsed.value);
  if (message === null) return refuse(endpoint, incoming, idIn(body), shapeFault(parsed.value));
  if (message.kind === 'request') return dispatchRequest(endpoint, message, incoming);
  return dispatch(endpoint, message, incoming);
}

/** Takes what needs no answer: a notification, or the answer to a question of ours. */
function dispatch(endpoint: Endpoint, message: Exclude<RpcMessage, RpcRequest>, incoming: Incoming): Promise<void> {
  const session = endpoint.sessions.find(sessionId(incoming), incoming.principal);
  const fault = headerEra(incoming.headers['mcp-protocol-version']) ?? heard(message, session, incoming);
  if (fault !== null) return refuse(endpoint, incoming, null, fault);
  incoming.response.writeHead(202, { 'content-length': 0 }).end();
  return Promise.resolve();
}

function heard(
  message: Exclude<RpcMessage, RpcRequest>,
  session: LegacySession | undefined,
  incoming: Incoming,
): Fault | null {
  if (session === undefined) return noSession;
  return message.kind === 'response' ? settle(message, session) : take(message, session, incoming);
}

function settle(message: RpcResponse, session: LegacySession): Fault | null {
  if (session.id === null) return sessionNeeded;
  return session.asks.settle(message) ? null : nobodyAsked;
}

function take(message: RpcNotification, session: LegacySession, { headers }: Incoming): Fault | null {
  const fault = mirrorFault(message, headers, false);
  if (fault === null) handleNotification(message, session.running);
  return fault;
}

async function dispatchRequest(endpoint: Endpoint, message: RpcRequest, incoming: Incoming): Promise<void> {
  const { headers, response } = incoming;
  if (endpoint.inFlight.draining) return stopped(response, message.id);
  try {
    const era = readEra(message, protocolVersion(incoming));
    const fault = era !== 'legacy' && 'code' in era ? era : mirrorFault(message, headers, era !== 'legacy');
    if (fault !== null) return await refuse(endpoint, incoming, message.id, fault);
    if (era === 'legacy') return await legacyRequest(endpoint, message, incoming);
    const client = modernClient(era as Exclude<typeof era, Fault>, incoming);
    return await serve(endpoint.serving, { message, client, reply: replyOf(incoming) });
  } catch (error) {
    failed(endpoint, response, message.id, error);
  }
}

function legacyRequest(endpoint: Endpoint, message: RpcRequest, incoming: Incoming): Promise<void> {
  const { response } = incoming;
  if (message.method === 'initialize') {
    const opened = initialize(endpoint, message, incoming);
    if ('code' in opened) return refuse(endpoint, incoming, message.id, opened);
    if (opened.session.sealed !== null) response.setHeader('mcp-session-id', opened.session.sealed);
    sendJson(response, 200, opened.text);
    return Promise.resolve();
  }
  const session = endpoint.sessions.find(sessionId(incoming), incoming.principal);
  if (session === undefined) return refuse(endpoint, incoming, message.id, noSession);
  const reply = replyOf(incoming, () => endpoint.lost.runOn(incoming.principal));
  return serve(endpoint.serving, { message, client: legacyClient(session, incoming), reply });
}

function replyOf({ response, headers }: Incoming, runOn?: RunOn): HttpReply {
  return new HttpReply(response, headers.accept?.includes('text/event-stream') === true, runOn);
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
  { sessions }: Endpoint,
  { headers }: IncomingMessage,
  response: ServerResponse,
  principal: Principal,
): void {
  const id = headers['mcp-session-id'];
  const ended = typeof id === 'string' && sessions.end(id, principal);
  if (ended) response.writeHead(204).end();
  else turnDown(response, null, id === undefined ? sessionNeeded : noSession);
}

/** The stream of a session, or of what a subject's clients share that have none. */
async function follow(endpoint: Endpoint, incoming: Incoming): Promise<void> {
  const { response, principal, upstream } = incoming;
  if (endpoint.inFlight.draining) return stopped(response, null);
  if (endpoint.sessions.find(sessionId(incoming), principal) === undefined) return turnDown(response, null, noSession);
  if (endpoint.serving.gateway.listTools(principal, upstream) === null) return turnDown(response, null, noUpstream);
  return listen(endpoint.serving, incoming, response);
}

function notPost(response: ServerResponse): void {
  response.setHeader('allow', 'POST, GET, DELETE');
  turnDown(response, null, wrongMethod);
}

function stopped(response: ServerResponse, id: RpcId | null): void {
  response.setHeader('retry-after', '1');
  turnDown(response, id, stopping);
}

/** Something of ours broke: the log says what, the client that it did. */
function failed({ serving }: Endpoint, response: ServerResponse, id: RpcId | null, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  serving.observer.incident('request_failed', text);
  if (!response.headersSent) turnDown(response, id, internal);
}

/** There is no room for this body. What may mean harm is recorded; how much comes at once is not. */
async function turnAway(
  { serving }: Endpoint,
  { principal, bytes, response }: Incoming,
  overload: Overload,
): Promise<void> {
  if (overload.setting === 'floods.attempts') await serving.gateway.refuse(principal, 'too_many_attempts', bytes);
  sendOverload(response, overload);
}

/** Records what never became a call, then says so. */
async function refuse(endpoint: Endpoint, incoming: Incoming, id: RpcId | null, fault: Fault): Promise<void> {
  const { principal, bytes, response } = incoming;
  try {
    await endpoint.serving.gateway.refuse(principal, fault.reason, bytes);
    turnDown(response, id, fault);
  } catch (error) {
    failed(endpoint, response, id, error);
  }
}

function turnDown(response: ServerResponse, id: RpcId | null, fault: Fault): void {
  sendJson(response, fault.status, errorText(id, fault));
}
