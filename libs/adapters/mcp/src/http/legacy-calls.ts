import type { HttpUpstreamConfig, JsonObject, Outcome, SendOptions } from '@sallyport/contracts';
import { everythingGranted } from '../share/granted-capabilities.ts';
import { sessionOf } from '../share/session-of.ts';
import { requestText, toolCallParams } from '../wire/requests.ts';
import type { ToolCall } from '../wire/requests.ts';
import type { RequestTimer } from '../wire/request-timer.ts';
import { waitFor } from '../wire/waiting.ts';
import type { Endpoint } from './endpoint.ts';
import type { Reply } from './exchange.ts';
import { type LegacyLeg, overStatuses, SESSION_NOT_FOUND, sessionHeaders } from './legacy-leg.ts';
import type { LegacySession, LegacySessions } from './legacy-sessions.ts';
import { resumed } from './resume.ts';
import type { SessionStreams, TakeMessage } from './session-stream.ts';

export interface LegacyCallsParts {
  readonly endpoint: Endpoint;
  readonly config: Pick<HttpUpstreamConfig, 'share' | 'client_requests' | 'start_timeout'>;
  readonly leg: LegacyLeg;
  readonly sessions: LegacySessions;
  readonly streams: SessionStreams;
  nextId(): number;
  /** What takes the messages that come ahead of a call's answer. */
  messages(client: SendOptions, calling: Calling): TakeMessage;
  outcome(reply: Reply, id: number): Outcome;
}

/** A call on its way. */
export interface Calling {
  /** Our progress token; null where the client wants no progress. */
  readonly token: string | null;
  readonly timer: RequestTimer;
  /** Null where the upstream keeps none. */
  readonly session: LegacySession | null;
}

/** What came of a request, and whether its session seems to be over. */
interface Tried {
  readonly outcome: Outcome;
  readonly session: LegacySession;
  /** 200 where there was no other. */
  readonly status: number;
  readonly isOver: boolean;
}

interface Trying {
  readonly options: SendOptions;
  readonly timer: RequestTimer;
  /** The try before this one. */
  readonly before: Tried | null;
}

const LIST_TIMEOUT_MS = 30_000;
/** Nothing ends a request of our own but its time-out. */
const never = new AbortController().signal;

/** Calls and lists at upstreams that keep sessions. A session that seems to be over is left, and the next call opens another. */
export class LegacyCalls {
  readonly #parts: LegacyCallsParts;

  constructor(parts: LegacyCallsParts) {
    this.#parts = parts;
  }

  /**
   * Sends a call; once more where its session was over before it came. Only preparations throw: the call itself has not been
   * written.
   */
  async call(call: ToolCall, options: SendOptions, timer: RequestTimer): Promise<Outcome> {
    const first = await this.#try(call, { options, timer, before: null });
    const couldBeOver = first.isOver && first.status === 404 && first.session.id !== null;
    if (!couldBeOver || options.signal.aborted) return first.outcome;
    const second = await this.#try(call, { options, timer, before: first }).catch(() => first);
    return second.outcome;
  }

  /** One page of a list, in the session of our own. It may be asked for twice. */
  async list(params: JsonObject): Promise<Outcome> {
    const { isOver, outcome } = await this.#list(params);
    return isOver ? (await this.#list(params)).outcome : outcome;
  }

  #try(call: ToolCall, { options, timer, before }: Trying): Promise<Tried> {
    const { config, endpoint, sessions, streams, nextId, messages, outcome } = this.#parts;
    const { share, client_requests: granted } = config;
    const { key, capabilities, isAskable } = sessionOf(options, { share, granted, perSession: share === 'subject' });
    return sessions.run(key, capabilities, async (opening) => {
      const session = await waitFor(opening, options.signal, timer.left().timeoutMs);
      if (before !== null && !(await this.#wasOver(before.session, session))) return before;
      const id = nextId();
      const token = options.progressToken === null ? null : `sp-${id}`;
      const take = messages(options, { token, timer, session });
      const leave = isAskable ? await streams.join(session, take) : undefined;
      const [headers, { signal }] = [sessionHeaders(session), options];
      const first = await endpoint.send({
        headers,
        body: requestText(id, 'tools/call', toolCallParams(call, null, token)),
        time: timer,
        signal,
        beforeWrite: () => options.beforeWrite(),
        take,
      });
      const reply = await resumed(endpoint, first, { headers, signal, timer, take });
      leave?.();
      this.#tellCancelled(reply, id, session);
      const tried = await this.#tried(session, reply, outcome(reply, id));
      if (tried.isOver) sessions.leave(key, opening);
      return tried;
    });
  }

  #list(params: JsonObject): Promise<Tried> {
    const { config, endpoint, sessions, nextId, outcome } = this.#parts;
    return sessions.run(null, everythingGranted(config.client_requests), async (opening) => {
      const session = await waitFor(opening, never, config.start_timeout);
      const id = nextId();
      const body = requestText(id, 'tools/list', params);
      const reply = await endpoint.send({ headers: sessionHeaders(session), body, time: LIST_TIMEOUT_MS });
      const tried = await this.#tried(session, reply, outcome(reply, id));
      if (tried.isOver || tried.status >= 400) sessions.leave(null, opening);
      return tried;
    });
  }

  async #tried(session: LegacySession, reply: Reply, outcome: Outcome): Promise<Tried> {
    const status = reply.kind === 'whole' ? reply.status : 200;
    return { outcome, session, status, isOver: await this.#isOver(session, status, outcome) };
  }

  /** Widespread SDKs use the code of a lost session for a request that timed out, too; a ping tells them apart. */
  async #isOver(session: LegacySession, status: number, outcome: Outcome): Promise<boolean> {
    if (outcome.kind === 'failed') return overStatuses.has(status);
    if (outcome.kind !== 'error' || outcome.code !== SESSION_NOT_FOUND) return false;
    return (await this.#parts.leg.ping(session)) !== 'alive';
  }

  /**
   * Whether a call that was answered 404 was not taken, because its session was over. A server may answer 404 to a call that it
   * has carried out, too. Proof is that a ping fails in the old session and is answered in a fresh one.
   */
  async #wasOver(before: LegacySession, fresh: LegacySession): Promise<boolean> {
    const { leg } = this.#parts;
    return (await leg.ping(before)) === 'over' && (await leg.ping(fresh)) === 'alive';
  }

  #tellCancelled(reply: Reply, id: number, session: LegacySession): void {
    if (reply.kind !== 'failed' || !reply.sent) return;
    if (reply.reason !== 'cancelled' && reply.reason !== 'upstream_timeout') return;
    const params = { requestId: id, reason: reply.reason === 'cancelled' ? 'cancelled' : 'timed out' };
    void this.#parts.leg.notify(session, 'notifications/cancelled', params);
  }
}
