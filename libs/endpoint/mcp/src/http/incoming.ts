import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '@sallyport/contracts';
import type { Places } from '@sallyport/base';
import type { RpcMessage, RpcRequest, RpcResponse } from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import type { Arrival } from '../protocol/mcp-client.ts';
import { mirrorFault } from '../protocol/mirror-faults.ts';
import type { McpRequest } from '../protocol/mcp-request.ts';
import { handleNotification, serve, type ServeParts } from '../protocol/serve-request.ts';
import type { PassedOn } from '../protocol/passed-on.ts';
import type { LegacySession, Sessions } from '../protocol/sessions.ts';
import { nobodyAsked, noSession, sessionNeeded } from './http-faults.ts';
import type { EndpointPath } from './challenge.ts';
import type { ScopeChallenge } from './http-admission.ts';
import type { EventLogs } from './event-log.ts';
import type { InFlight } from './in-flight.ts';
import type { UntakenAnswers } from './untaken-answers.ts';

/** What dispatching takes. */
export interface DispatchParts {
  readonly sessions: Sessions;
  readonly passedOn: PassedOn;
  readonly serving: ServeParts;
  readonly inFlight: InFlight;
  readonly logs: EventLogs;
  readonly answers: UntakenAnswers;
  /** Of subjects, for requests that run on although their connection was lost. */
  readonly lost: Places;
  readonly maxBytes: number;
  /** Counts further requests of the same caller: 0, or the milliseconds to wait. */
  readonly charge: (principal: Principal, requests: number) => number;
  readonly scopeChallenge: ScopeChallenge;
}

/** One request on its way in. */
export interface Incoming extends Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: IncomingMessage['headers'];
  readonly path: EndpointPath;
}

/** The session that a request names. */
export function sessionId({ headers }: Pick<Incoming, 'headers'>): string | undefined {
  const id = headers['mcp-session-id'];
  return typeof id === 'string' ? id : undefined;
}

/** The revision that a request names. */
export function protocolVersion({ headers }: Pick<Incoming, 'headers'>): string | undefined {
  const version = headers['mcp-protocol-version'];
  return typeof version === 'string' ? version : undefined;
}

/** Whether its client takes an event stream for an answer. */
export function canStream({ headers }: Pick<Incoming, 'headers'>): boolean {
  return headers.accept?.includes('text/event-stream') === true;
}

/** Takes what needs no answer: a notification, or the answer to a question of ours. */
export function hear(
  { passedOn }: DispatchParts,
  message: Exclude<RpcMessage, RpcRequest>,
  { session, incoming }: { readonly session: LegacySession | undefined; readonly incoming: Incoming },
): Fault | null {
  if (session === undefined) return noSession;
  if (message.kind === 'response') return settle(passedOn, message, session);
  const fault = mirrorFault(message, incoming.headers, false);
  if (fault === null) handleNotification(message, (id) => passedOn.cancel(session, id));
  return fault;
}

function settle(passedOn: PassedOn, message: RpcResponse, session: LegacySession): Fault | null {
  if (session.id === null) return sessionNeeded;
  return passedOn.settle(session, message) ? null : nobodyAsked;
}

/** Serves a request of a session. */
export async function serveIn(
  { serving, passedOn }: DispatchParts,
  session: LegacySession,
  request: McpRequest,
): Promise<void> {
  await serve(serving, request);
  const { method, params } = request.message;
  if (method === 'logging/setLevel') passedOn.levelSet(session);
  const { uri } = params;
  if (typeof uri !== 'string' || session.id === null) return;
  if (method === 'resources/unsubscribe') passedOn.unsubscribed(session, uri);
  if (method === 'resources/subscribe' && session.updates.has(uri)) passedOn.subscribed(session, uri);
}
