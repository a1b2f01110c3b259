import { setTimeout as sleep } from 'node:timers/promises';
import { changedKinds, type JsonObject, listings, type TargetKind } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { errorCodes, parseMessages } from '@sallyport/mcp';
import { requestText } from '../wire/requests.ts';
import type { Endpoint } from './endpoint.ts';
import { modernHeaders } from './endpoint.ts';
import type { EraVerdict } from './upstream-era.ts';
import type { Reply } from './exchange.ts';
import { inSession, overStatuses } from './legacy-leg.ts';
import type { LegacySession, LegacySessions } from './legacy-sessions.ts';

export interface ChangeFeedOptions {
  readonly endpoint: Endpoint;
  readonly verdict: EraVerdict;
  readonly sessions: LegacySessions;
  /** The `_meta` of 2026-07-28 requests. */
  readonly meta: JsonObject;
  /** What a 2026-07-28 server declared when it was asked last. */
  declared(): JsonObject;
  /** What our own legacy session declares. */
  readonly capabilities: JsonObject;
  nextId(): number;
  /** Takes a message that belongs to no call, and refuses it where it is a request. */
  refuseStray(session: LegacySession, message: JsonObject): void;
  /** Told the kinds whose lists have changed; without any, when all may have. */
  onChanged(kinds?: readonly TargetKind[]): void;
}

const STREAM_MS = 3_600_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 60_000;

/**
 * Listens for changes of the lists while no call runs: the GET stream of our own legacy session, or
 * `subscriptions/listen` of 2026-07-28. A stream that ends is opened again with growing pauses, and what may have been
 * missed meanwhile counts as a change. An upstream that offers no stream is left alone.
 */
export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  readonly #stop = new AbortController();
  #started = false;
  #streams = 0;
  /** True while there may be something new that nobody has heard of. */
  #missed = false;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
  }

  /** Begins to listen; once. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#follow();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.#stop.signal.aborted) {
      const before = this.#streams;
      const offered = await this.#listen().catch(() => true);
      if (!offered) return this.#tellMissed();
      this.#missed = true;
      pause = this.#streams > before ? FIRST_PAUSE_MS : Math.min(MAX_PAUSE_MS, pause * 2);
      await sleep(pause, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
    }
  }

  #onStream(): void {
    this.#streams += 1;
    this.#tellMissed();
  }

  /** While there was no stream nothing was heard, and the server may be another than before. */
  #tellMissed(): void {
    if (this.#missed) this.#options.onChanged();
    this.#missed = false;
  }

  /** One stream, to its end. False when the upstream offers none for this. */
  async #listen(): Promise<boolean> {
    const era = await this.#options.verdict.settle();
    // Its own stream tells.
    if (era === 'sse') return false;
    return era === 'modern' ? this.#listenModern() : this.#listenLegacy();
  }

  async #listenModern(): Promise<boolean> {
    const { endpoint, meta, nextId, declared } = this.#options;
    const id = nextId();
    const params: JsonObject = { notifications: changesOf(declared()), _meta: meta };
    const reply = await endpoint.send({
      headers: modernHeaders('subscriptions/listen'),
      body: requestText(id, 'subscriptions/listen', params),
      time: STREAM_MS,
      repeatable: true,
      signal: this.#stop.signal,
      onStream: () => this.#onStream(),
      take: (message) => this.#take(message),
    });
    return !refusesStream(reply);
  }

  #listenLegacy(): Promise<boolean> {
    const { endpoint, sessions, capabilities } = this.#options;
    return sessions.run(null, { capabilities }, async (opening) => {
      const session = await opening;
      const reply = await endpoint.send({
        method: 'GET',
        ...inSession(session),
        body: null,
        time: STREAM_MS,
        repeatable: true,
        signal: this.#stop.signal,
        onStream: () => this.#onStream(),
        take: (message) => {
          this.#options.refuseStray(session, message);
          return this.#take(message);
        },
      });
      if (!refusesStream(reply)) return true;
      // Where there was a stream before, or by the protocol, it is the session that is refused.
      const status = reply.kind === 'whole' ? reply.status : 200;
      const isOver = session.id !== null && (status === 404 || (this.#streams > 0 && overStatuses.has(status)));
      if (isOver) sessions.leave(null, opening);
      return isOver;
    });
  }

  #take(message: JsonObject): boolean {
    const { method } = message;
    if (typeof method === 'string') this.#options.onChanged(changedKinds(method));
    return method === undefined;
  }
}

/** What to hear of: tools in any case, since some servers offer them without a word. */
function changesOf(declared: JsonObject): JsonObject {
  const offered = Object.values(listings).filter(({ capability }) => isObject(declared[capability]));
  return Object.fromEntries([listings.tool, ...offered].map(({ capability }) => [`${capability}ListChanged`, true]));
}

/** True for answers that say that there is no such stream. */
export function refusesStream(reply: Reply): boolean {
  if (reply.kind === 'failed') return false;
  const message = reply.kind === 'message' ? reply.message : parseMessages(reply.body)[0];
  const error = message?.['error'];
  if (isObject(error) && error['code'] === errorCodes.methodNotFound) return true;
  return reply.kind === 'whole' && reply.status >= 400 && reply.status < 500 && reply.status !== 429;
}
