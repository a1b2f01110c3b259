import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonContentFault } from '@sallyport/service';
import { parseStrict, type Places } from '@sallyport/base';
import {
  idIn,
  MOST_VALUES,
  readMessage,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
} from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import { initialize } from '../protocol/initialize.ts';
import { type Arrival, legacyClient, modernClient } from '../protocol/mcp-client.ts';
import { mirrorFault } from '../protocol/mirror-faults.ts';
import { headerEra, readEra } from '../protocol/request-era.ts';
import { handleNotification, serve, type ServeParts } from '../protocol/serve-request.ts';
import { type LegacySession, type Sessions, subjectKey } from '../protocol/sessions.ts';
import { headFault, nobodyAsked, noSession, parseFault, sessionNeeded, shapeFault } from './http-faults.ts';
import { HttpReply, type RunOn, sendJson } from './http-reply.ts';
import type { InFlight } from './in-flight.ts';
import { failed, refuse, stopped } from './refuse-request.ts';

/** What dispatching takes. */
export interface DispatchParts {
  readonly sessions: Sessions;
  readonly serving: ServeParts;
  readonly inFlight: InFlight;
  /** Of subjects, for requests that run on although their connection was lost. */
  readonly lost: Places;
  readonly maxBytes: number;
}

/** One request on its way in. */
export interface Incoming extends Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: IncomingMessage['headers'];
}

/** Takes a body that was read whole, and answers the request. */
export async function dispatchBody(parts: DispatchParts, body: Buffer, incoming: Incoming): Promise<void> {
  const { headers } = incoming;
  const content = jsonContentFault(headers);
  if (content !== null) return refuse(parts.serving, incoming, idIn(body), headFault(content));
  const parsed = parseStrict(body, { maxBytes: parts.maxBytes, maxMembers: MOST_VALUES });
  if (!parsed.ok) return refuse(parts.serving, incoming, idIn(body), parseFault(parsed.code, parsed.message));
  const message = readMessage(parsed.value);
  if (message === null) return refuse(parts.serving, incoming, idIn(body), shapeFault(parsed.value));
  if (message.kind === 'request') return dispatchRequest(parts, message, incoming);
  return dispatch(parts, message, incoming);
}

/** Takes what needs no answer: a notification, or the answer to a question of ours. */
function dispatch(parts: DispatchParts, message: Exclude<RpcMessage, RpcRequest>, incoming: Incoming): Promise<void> {
  const session = parts.sessions.find(sessionId(incoming), incoming.principal);
  const fault = headerEra(incoming.headers['mcp-protocol-version']) ?? heard(message, session, incoming);
  if (fault !== null) return refuse(parts.serving, incoming, null, fault);
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

async function dispatchRequest(parts: DispatchParts, message: RpcRequest, incoming: Incoming): Promise<void> {
  const { headers, response } = incoming;
  if (parts.inFlight.draining) return stopped(response, message.id);
  try {
    const era = readEra(message, protocolVersion(incoming));
    const fault = era !== 'legacy' && 'code' in era ? era : mirrorFault(message, headers, era !== 'legacy');
    if (fault !== null) return await refuse(parts.serving, incoming, message.id, fault);
    if (era === 'legacy') return await legacyRequest(parts, message, incoming);
    const client = modernClient(era as Exclude<typeof era, Fault>, incoming);
    return await serve(parts.serving, { message, client, reply: replyOf(incoming) });
  } catch (error) {
    failed(parts.serving, response, message.id, error);
  }
}

function legacyRequest(parts: DispatchParts, message: RpcRequest, incoming: Incoming): Promise<void> {
  const { response } = incoming;
  if (message.method === 'initialize') {
    const opened = initialize(parts, message, incoming);
    if ('code' in opened) return refuse(parts.serving, incoming, message.id, opened);
    if (opened.session.sealed !== null) response.setHeader('mcp-session-id', opened.session.sealed);
    sendJson(response, 200, opened.text);
    return Promise.resolve();
  }
  const session = parts.sessions.find(sessionId(incoming), incoming.principal);
  if (session === undefined) return refuse(parts.serving, incoming, message.id, noSession);
  const reply = replyOf(incoming, () => parts.lost.take(subjectKey(incoming.principal)));
  return serve(parts.serving, { message, client: legacyClient(session, incoming), reply });
}

function replyOf({ response, headers }: Incoming, runOn?: RunOn): HttpReply {
  return new HttpReply(response, headers.accept?.includes('text/event-stream') === true, runOn);
}

/** The session that a request names. */
export function sessionId({ headers }: Pick<Incoming, 'headers'>): string | undefined {
  const id = headers['mcp-session-id'];
  return typeof id === 'string' ? id : undefined;
}

function protocolVersion({ headers }: Incoming): string | undefined {
  const version = headers['mcp-protocol-version'];
  return typeof version === 'string' ? version : undefined;
}
