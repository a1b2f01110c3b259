import type { Clock, HttpUpstreamConfig, JsonObject, Outcome, SendOptions, SentCall } from '@sallyport/contracts';
import { everythingGranted } from '../share/granted-capabilities.ts';
import { sessionOf, type SessionOf } from '../share/session-of.ts';
import type { Greeting } from '../wire/initialize.ts';
import { requestText, callParams } from '../wire/requests.ts';
import { RequestTimer } from '../wire/request-timer.ts';
import { LIST_TIMEOUT_MS } from '../wire/list-pages.ts';
import { waitFor } from '../wire/waiting.ts';
import type { OnBehalf } from '../auth/token-sources.ts';
import { answersOnly, type Endpoint } from './endpoint.ts';
import type { Reply } from './exchange.ts';
import { inSession, type LegacyLeg, overStatuses, SESSION_NOT_FOUND } from './legacy-leg.ts';
import type { LegacySession, LegacySessions } from './legacy-sessions.ts';
import { resumed } from './resume.ts';
import type { SessionStreams, TakeMessage } from './session-stream.ts';

export interface LegacyCallsParts {
  readonly endpoint: Endpoint;
  readonly config: Pick<HttpUpstreamConfig, 'share' | 'client_requests'>;
  readonly leg: LegacyLeg;
  readonly sessions: LegacySessions;
  readonly streams: SessionStreams;
  readonly clock: Pick<Clock, 'monotonic'>;
  nextId(): number;
  /** What takes the messages that come ahead of a call's answer. */
  messages(client: SendOptions, calling: Calling): TakeMessage;
  outcome(reply: Reply, id: number): Outcome;
  /** Told what the server said of itself to us. What it says to a caller is that caller's. */
  greeted(greeting: Greeting): void;
}

/** A call on its way. */
export interface Calling {
  /** Our progress token; null where the client wants no progress. */
  readonly token: string | null;
  readonly timer: RequestTimer;
  /** Null where the upstream keeps none. */
  readonly session: LegacySession | null;
}

/** How a call is sent. */
export interface CallOptions {
  readonly options: SendOptions;
  readonly timer: RequestTimer;
  readonly onBehalf: OnBehalf;
}

/** Waits for as long as the call may take. @throws WaitEnded, and what the work rejects with */
export function soon<T>(work: Promise<T>, { options, timer }: CallOptions): Promise<T> {
  return waitFor(work, options.signal, timer.left().timeoutMs);
}

interface Sending extends CallOptions {
  readonly place: SessionOf;
}

/** Calls and lists at upstreams that keep sessions. A session that seems to be over is left, and the next call opens another. */
export class LegacyCalls {
  readonly #parts: LegacyCallsParts;
  /** What our own session declares. */
  readonly #granted: JsonObject;

  constructor(parts: LegacyCallsParts) {
    this.#parts = parts;
    this.#granted = everythingGranted(parts.config.client_requests);
  }

  /**
   * Sends a call once, whatever is answered: a server may carry a call out and answer that its session is over. So a session
   * that may be over is asked for before. Only preparations throw: the call itself has not been written.
   */
  async call(call: SentCall, { options, timer, onBehalf }: CallOptions): Promise<Outcome> {
    const { share, client_requests: granted } = this.#parts.config;
    const place = sessionOf(options, { share, granted, perSession: share === 'subject' });
    const sending = { options, timer, place, onBehalf };
    await this.#leaveOver(sending);
    return this.#send(call, sending);
  }

  /** What the server declares, in the session of our own. */
  capabilities(): Promise<JsonObject> {
    return this.#parts.sessions.run(
      null,
      { capabilities: this.#granted },
      async (opening) => (await opening).capabilities,
    );
  }

  /** One page of a list, in the session of our own. It may be asked for twice. */
  async list(method: string, params: JsonObject): Promise<Outcome> {
    const { isOver, outcome } = await this.#list(method, params);
    return isOver ? (await this.#list(method, params)).outcome : outcome;
  }

  /** Leaves the session where the upstream says that it is over. One round trip, where it may be. */
  #leaveOver(sending: Sending): Promise<void> {
    const { place, onBehalf } = sending;
    const { key, capabilities } = place;
    const { leg, sessions } = this.#parts;
    return sessions.run(key, { capabilities, onBehalf }, async (opening) => {
      const session = await soon(opening, sending);
      session.onBehalf = onBehalf;
      if (leg.mayBeOver(session) && (await soon(leg.ping(session), sending)) === 'over') sessions.leave(key, opening);
    });
  }

  #send(call: SentCall, sending: Sending): Promise<Outcome> {
    const { options, timer, place, onBehalf } = sending;
    const { endpoint, sessions, streams, nextId, messages, outcome } = this.#parts;
    const { key, capabilities, isAskable, isOfOneClient } = place;
    const { signal } = options;
    return sessions.run(key, { capabilities, onBehalf }, async (opening) => {
      const session = await soon(opening, sending);
      const id = nextId();
      const token = options.progressToken === null ? null : `sp-${id}`;
      const take = messages(options, { token, timer, session });
      const leave = isAskable ? await streams.join(session, take, isOfOneClient) : undefined;
      const within = { ...inSession(session), onBehalf };
      const body = requestText(id, call.action, callParams(call, null, token));
      const beforeWrite = (): boolean => options.beforeWrite();
      const first = await endpoint.send({ ...within, body, time: timer, signal, beforeWrite, take });
      const reply = await resumed(endpoint, first, { ...within, signal, timer, take });
      leave?.();
      this.#tellCancelled(reply, id, session);
      const said = outcome(reply, id);
      if (await this.#isOver(session, reply, said)) sessions.leave(key, opening);
      return said;
    });
  }

  #list(method: string, params: JsonObject): Promise<{ readonly outcome: Outcome; readonly isOver: boolean }> {
    const { endpoint, sessions, nextId, clock } = this.#parts;
    return sessions.run(null, { capabilities: this.#granted }, async (opening) => {
      const session = await opening;
      this.#parts.greeted(session);
      const id = nextId();
      const body = requestText(id, method, params);
      const timer = new RequestTimer({ timeoutMs: LIST_TIMEOUT_MS }, clock);
      const within = inSession(session);
      const first = await endpoint.send({ ...within, body, time: timer, repeatable: true });
      const reply = await resumed(endpoint, first, { ...within, timer, signal: unstopped, take: answersOnly });
      const outcome = this.#parts.outcome(reply, id);
      const isOver = await this.#isOver(session, reply, outcome);
      if (isOver || statusOf(reply) >= 400) sessions.leave(null, opening);
      return { outcome, isOver };
    });
  }

  /** Widespread SDKs use the code of a lost session for a request that timed out, too; a ping tells them apart. */
  async #isOver(session: LegacySession, reply: Reply, outcome: Outcome): Promise<boolean> {
    if (outcome.kind === 'failed') return overStatuses.has(statusOf(reply));
    if (outcome.kind === 'error' && outcome.code === SESSION_NOT_FOUND)
      return (await this.#parts.leg.ping(session)) !== 'alive';
    this.#parts.leg.heard(session);
    return false;
  }

  #tellCancelled(reply: Reply, id: number, session: LegacySession): void {
    if (reply.kind !== 'failed' || !reply.sent) return;
    if (reply.reason !== 'cancelled' && reply.reason !== 'upstream_timeout') return;
    const params = { requestId: id, reason: reply.reason === 'cancelled' ? 'cancelled' : 'timed out' };
    void this.#parts.leg.notify(session, 'notifications/cancelled', params);
  }
}

/** Nobody stops our own requests before their time. */
const unstopped = new AbortController().signal;

/** 200 where there was no other. */
function statusOf(reply: Reply): number {
  return reply.kind === 'whole' ? reply.status : 200;
}
