import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '@sallyport/contracts';
import { createPlaces } from '@sallyport/base';
import { withoutBom } from '@sallyport/mcp';
import type { GatewayOptions } from '../endpoint-options.ts';
import { createServing } from '../protocol/create-serving.ts';
import { noUpstream } from '../protocol/own-answers.ts';
import { createPassedOn } from '../protocol/passed-on.ts';
import { createSessions } from '../protocol/sessions.ts';
import type { EndpointPath } from './challenge.ts';
import { answerPreflight } from './cross-origin.ts';
import { dispatchBody } from './dispatch-body.ts';
import { createHttpAdmission, type HttpAdmission } from './http-admission.ts';
import { noSession, sessionNeeded, wrongMethod } from './http-faults.ts';
import { type DispatchParts, type Incoming, sessionId } from './incoming.ts';
import { createEventLogs } from './event-log.ts';
import { readEventId } from './event-ids.ts';
import { createInFlight } from './in-flight.ts';
import { asksForStream, listen } from './listen.ts';
import { type Overload, sendOverload } from './overload.ts';
import { resume, tellOthers } from './resume.ts';
import { readBody } from './read-body.ts';
import { failed, refuse, stopped, turnDown } from './refuse-request.ts';
import { createRequestBodies, type RequestBodies } from './request-bodies.ts';
import { createUntakenAnswers } from './untaken-answers.ts';

/** The MCP endpoint over HTTP, both eras. */
export interface HttpEndpoint {
  /** One request to an endpoint. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse, path: EndpointPath): Promise<void>;
  /** Protected-resource metadata of that endpoint. */
  metadata(request: IncomingMessage, response: ServerResponse, path: EndpointPath): void;
  /** Takes no new requests and resolves when those in flight are answered. */
  drain(): Promise<void>;
  readonly inFlight: number;
}

/** So that who drops connections has no more requests run on than who keeps them. Each ends by the time-out of its upstream. */
const LOST_PER_SUBJECT = 16;

interface Endpoint extends DispatchParts {
  readonly gate: HttpAdmission;
  readonly bodies: RequestBodies;
}

export function createHttpEndpoint(options: GatewayOptions): HttpEndpoint {
  const { keys, ids, config } = options;
  const stop = new AbortController();
  const gate = createHttpAdmission(options);
  const sessions = createSessions({ ids, keys }, options.sessions);
  options.observer.watched?.('sessions', () => sessions.size);
  const passedOn = createPassedOn(sessions, ids, options.others);
  const logs = createEventLogs(ids);
  tellOthers(passedOn, logs);
  const endpoint: Endpoint = {
    gate,
    charge: gate.charge,
    scopeChallenge: gate.scopeChallenge,
    bodies: createRequestBodies(options, gate.charge),
    sessions,
    passedOn,
    serving: createServing(options, config.approvals.decide_within, stop.signal),
    inFlight: createInFlight(),
    logs,
    answers: createUntakenAnswers(config.http),
    lost: createPlaces(LOST_PER_SUBJECT),
    maxBytes: config.max_request_bytes,
  };

  async function handle(request: IncomingMessage, response: ServerResponse, path: EndpointPath): Promise<void> {
    endpoint.inFlight.enter();
    try {
      await receive(endpoint, request, response, path);
    } catch (error) {
      failed(endpoint.serving, response, null, error);
    } finally {
      endpoint.inFlight.leave();
    }
  }

  return {
    handle,
    metadata: endpoint.gate.metadata,
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
  path: EndpointPath,
): Promise<void> {
  const { headers } = request;
  if (!endpoint.gate.admit(request, response)) return;
  if (request.method === 'OPTIONS') return answerPreflight(response, headers['access-control-request-headers']);
  const principal = await endpoint.gate.identify(request, response, path);
  if (principal === null) return;
  if (request.method === 'DELETE') return endSession(endpoint, request, response, principal);
  const bytes = Number(headers['content-length'] ?? 0);
  const { upstream } = path;
  const incoming = { request, response, headers, path, principal, upstream, bytes, running: null };
  const full = endpoint.answers.admit(principal);
  if (full !== null) return sendOverload(response, full);
  if (request.method === 'POST') return takeBody(endpoint, incoming);
  return asksForStream(request) ? follow(endpoint, incoming) : notPost(response);
}

async function takeBody(endpoint: Endpoint, incoming: Incoming): Promise<void> {
  const { request, response, principal } = incoming;
  const claim = endpoint.bodies.claim(principal);
  try {
    const body = await readBody(request, response, { limit: endpoint.maxBytes, claim });
    if (body === 'gone') return;
    if ('setting' in body) return await turnAway(endpoint, incoming, body);
    if ('fault' in body) return await refuse(endpoint.serving, { ...incoming, bytes: body.bytes }, body.id, body.fault);
    const turn = await endpoint.bodies.turn(principal, body.length);
    if (typeof turn === 'object') return await turnAway(endpoint, { ...incoming, bytes: body.length }, turn);
    const running = response.destroyed
      ? undefined
      : dispatchBody(endpoint, withoutBom(body), { ...incoming, bytes: body.length });
    turn();
    claim.free(); // what runs may take long
    return await running;
  } finally {
    claim.free();
  }
}

function endSession(
  { sessions, passedOn }: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
  principal: Principal,
): void {
  const id = sessionId(request);
  const session = id === undefined ? undefined : sessions.find(id, principal);
  if (session === undefined) return turnDown(response, null, id === undefined ? sessionNeeded : noSession);
  sessions.over(session);
  passedOn.ended(session);
  response.writeHead(204).end();
}

/** The stream of a session, or of what a subject's clients share that have none. */
async function follow(endpoint: Endpoint, incoming: Incoming): Promise<void> {
  const { response, principal, upstream } = incoming;
  const session = endpoint.sessions.find(sessionId(incoming), principal);
  if (session === undefined) return turnDown(response, null, noSession);
  const last = readEventId(incoming.headers['last-event-id']);
  if (last !== null) {
    await resume(endpoint, { last, session }, response);
    return endpoint.answers.wrote(principal, response);
  }
  if (endpoint.inFlight.draining) return stopped(response, null);
  if (endpoint.serving.gateway.list(principal, upstream, 'tool') === null) return turnDown(response, null, noUpstream);
  return listen(endpoint.serving, incoming, session);
}

function notPost(response: ServerResponse): void {
  response.setHeader('allow', 'POST, GET, DELETE');
  turnDown(response, null, wrongMethod);
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
