import { within } from '@sallyport/base';
import { UpstreamUnavailable } from '@sallyport/contracts';
import type { Clock, JsonObject } from '@sallyport/contracts';
import type { ClientInfo } from '../managed-upstream.ts';
import { INITIALIZED_MS, initializeParams, readWelcome } from '../wire/initialize.ts';
import { notificationText, requestText } from '../wire/requests.ts';
import { readAnswer } from './http-answer.ts';
import type { Endpoint, Post } from './endpoint.ts';
import { takesNoPosts } from './upstream-era.ts';
import type { LegacySession, OpenedFor } from './legacy-sessions.ts';

export interface LegacyLegOptions {
  readonly endpoint: Endpoint;
  readonly clientInfo: ClientInfo;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Milliseconds for `initialize`. */
  readonly startMs: number;
  nextId(): number;
}

/**
 * What servers answer in a session that they don't know, after a restart above all. Where it means something else, a new session
 * is what it costs. 404 is the protocol's (2025-11-25, Streamable HTTP, session management 3).
 */
export const overStatuses = new Set([400, 401, 404, 410, 500]);
/** The code of a session that is not there; the widespread SDKs use it for a request that timed out, too. */
export const SESSION_NOT_FOUND = -32001;
const PING_TIMEOUT_MS = 2_000;
/** After such a pause a server may have ended a session, or have been started again behind a proxy. */
const RESTED_MS = 1_000;
const POST_MS = 10_000;

/** `initialize` was answered as by a server where nothing is POSTed. */
export class NothingPosted extends UpstreamUnavailable {}

/** The session part of the legacy protocol (2025-11-25 and before), over one endpoint. */
export class LegacyLeg {
  readonly #options: LegacyLegOptions;

  constructor(options: LegacyLegOptions) {
    this.#options = options;
  }

  /** `initialize` and `notifications/initialized`; throws `UpstreamUnavailable` when the upstream refuses. */
  async open({ capabilities, onBehalf }: OpenedFor): Promise<LegacySession> {
    const { endpoint, clientInfo, clock, startMs, nextId } = this.#options;
    const id = nextId();
    const body = requestText(id, 'initialize', initializeParams(clientInfo, capabilities));
    const reply = await endpoint.send({ headers: {}, body, time: startMs, repeatable: true, onBehalf });
    const outcome = readAnswer(reply, id);
    if (outcome.kind !== 'result') {
      const why = `initialize failed: ${told(outcome)}`;
      throw takesNoPosts(reply) ? new NothingPosted(why) : new UpstreamUnavailable(why);
    }
    const welcome = readWelcome(outcome.result);
    const header = reply.kind === 'failed' ? undefined : reply.headers['mcp-session-id'];
    const session: LegacySession = {
      id: typeof header === 'string' ? header : null,
      heardAt: clock.monotonic(),
      onBehalf,
      ...welcome,
    };
    await within(this.notify(session, 'notifications/initialized', {}), INITIALIZED_MS);
    return session;
  }

  /** Sends a notification; only its HTTP status is waited for. */
  async notify(session: LegacySession, method: string, params: JsonObject): Promise<void> {
    await this.post(session, notificationText(method, params));
  }

  /** Sends a message that has no answer: a notification, or our answer to a request of the upstream. */
  async post(session: LegacySession, body: string): Promise<void> {
    const { endpoint } = this.#options;
    await endpoint.send({ ...inSession(session), body, time: POST_MS, untilStatus: true });
  }

  /** The upstream has answered in a session. */
  heard(session: LegacySession): void {
    session.heardAt = this.#options.clock.monotonic();
  }

  /** Whether a session may be over: the upstream has not answered in it for a while, or since a connection ended. */
  mayBeOver({ id, heardAt }: LegacySession): boolean {
    const { clock, endpoint } = this.#options;
    return id !== null && (endpoint.lostAt >= heardAt || clock.monotonic() - heardAt >= RESTED_MS);
  }

  /** Whether the upstream knows a session. One without `ping` says in its error that it does. */
  async ping(session: LegacySession): Promise<'alive' | 'over' | 'unknown'> {
    const { endpoint, nextId } = this.#options;
    const id = nextId();
    const body = requestText(id, 'ping', {});
    const reply = await endpoint.send({ ...inSession(session), body, time: PING_TIMEOUT_MS, repeatable: true });
    const outcome = readAnswer(reply, id);
    if (outcome.kind === 'error' && outcome.code === SESSION_NOT_FOUND) return 'over';
    if (outcome.kind === 'failed') return reply.kind === 'whole' && overStatuses.has(reply.status) ? 'over' : 'unknown';
    this.heard(session);
    return 'alive';
  }

  /** DELETE, as the protocol asks of clients that leave. An upstream may refuse it. */
  async end(session: LegacySession): Promise<void> {
    if (session.id === null) return;
    await this.#options.endpoint.send({ ...inSession(session), method: 'DELETE', body: null, time: 2_000 });
  }
}

/** What makes a request one of a session: its headers, and on whose behalf it is. */
export function inSession({ id, onBehalf, version }: LegacySession): Pick<Post, 'headers' | 'onBehalf'> {
  const headers: Record<string, string> = { 'mcp-protocol-version': version };
  if (id !== null) headers['mcp-session-id'] = id;
  return { headers, onBehalf };
}

function told(outcome: { readonly message: string } | { readonly detail: string }): string {
  return ('message' in outcome ? outcome.message : outcome.detail).slice(0, 300);
}
