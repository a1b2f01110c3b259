import type { ServerResponse } from 'node:http';
import { jsonContentFault } from '@sallyport/service';
import { parseStrict } from '@sallyport/base';
import { idIn, MOST_VALUES, NEWEST_LEGACY, readMessage, type RpcMessage, type RpcRequest } from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import { initialize } from '../protocol/initialize.ts';
import { legacyClient, modernClient } from '../protocol/mcp-client.ts';
import { mirrorFault } from '../protocol/mirror-faults.ts';
import { headerEra, readEra } from '../protocol/request-era.ts';
import { serve } from '../protocol/serve-request.ts';
import { type LegacySession, subjectKey } from '../protocol/sessions.ts';
import { dispatchBatch } from './dispatch-batch.ts';
import { headFault, noSession, notRpc, parseFault } from './http-faults.ts';
import { HttpReply, type HttpReplyOptions, sendJson } from './http-reply.ts';
import { canStream, type DispatchParts, hear, type Incoming, protocolVersion, serveIn, sessionId } from './incoming.ts';
import { failed, refuse, stopped } from './refuse-request.ts';

/** Takes a body that was read whole, and answers the request. */
export async function dispatchBody(parts: DispatchParts, body: Buffer, incoming: Incoming): Promise<void> {
  const { headers } = incoming;
  const content = jsonContentFault(headers);
  if (content !== null) return refuse(parts.serving, incoming, idIn(body), headFault(content));
  const parsed = parseStrict(body, { maxBytes: parts.maxBytes, maxMembers: MOST_VALUES });
  if (!parsed.ok) return refuse(parts.serving, incoming, idIn(body), parseFault(parsed.code, parsed.message));
  if (Array.isArray(parsed.value)) return dispatchBatch(parts, parsed.value, incoming);
  const message = readMessage(parsed.value);
  if (message === null) return refuse(parts.serving, incoming, idIn(body), notRpc);
  if (message.kind === 'request') return dispatchRequest(parts, message, incoming);
  return dispatch(parts, message, incoming);
}

function dispatch(parts: DispatchParts, message: Exclude<RpcMessage, RpcRequest>, incoming: Incoming): Promise<void> {
  const session = parts.sessions.find(sessionId(incoming), incoming.principal);
  const fault = headerEra(incoming.headers['mcp-protocol-version']) ?? hear(parts, message, { session, incoming });
  if (fault !== null) return refuse(parts.serving, incoming, null, fault);
  incoming.response.writeHead(202, { 'content-length': 0 }).end();
  return Promise.resolve();
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
    return await serve(parts.serving, { message, client, reply: replyOf(parts, incoming) });
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
  const reply = replyOf(parts, incoming, {
    runOn: () => parts.lost.take(subjectKey(incoming.principal)),
    ...(isPolled(session, incoming) && { keep: (live) => parts.logs.open(session, message.id, live) }),
  });
  return serveIn(parts, session, { message, client: legacyClient(session, incoming), reply });
}

/** Before that revision an event without data was none that clients expect. */
function isPolled({ version }: LegacySession, incoming: Incoming): boolean {
  return (protocolVersion(incoming) ?? version) >= NEWEST_LEGACY;
}

function replyOf(parts: DispatchParts, incoming: Incoming, options: HttpReplyOptions = {}): HttpReply {
  const challengeFor = (scopes: readonly string[]): string => parts.scopeChallenge(incoming, scopes);
  const wrote = (response: ServerResponse): void => parts.answers.wrote(incoming.principal, response);
  return new HttpReply(incoming.response, canStream(incoming), { ...options, challengeFor, wrote });
}
