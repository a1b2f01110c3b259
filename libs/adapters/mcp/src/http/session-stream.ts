import { setTimeout as sleep } from 'node:timers/promises';
import { type JsonObject, serverNotification } from '@sallyport/contracts';
import { refusesStream } from './change-feed.ts';
import type { Endpoint } from './endpoint.ts';
import { inSession } from './legacy-leg.ts';
import type { LegacySession } from './legacy-sessions.ts';

/** Takes one message of an upstream, for one call. */
export type TakeMessage = (message: JsonObject) => boolean;
/** Takes a message that belongs to no call, and refuses it where it is a request. */
export type StrayMessageHandler = (session: LegacySession, message: JsonObject) => void;

const STREAM_MS = 3_600_000;
/** A call waits this long for the stream; one that opens later still serves it. */
const MAX_WAIT_MS = 1_000;
const PAUSE_MS = 500;
const NOT_OFFERED = 405;
const CONFLICT = 409;

/**
 * The GET streams of sessions whose clients can be asked. Servers may send what a call needs, a question to the user above
 * all, there and not on the call's own stream (2025-11-25, Streamable HTTP, listening for messages): the widespread SDKs
 * do. A message there names no call, so that it goes to the one that came last; progress names its call by its token. Where
 * all calls of a session are of one client, nobody else can be reached; elsewhere it must be the only one. A request while no
 * call runs is refused.
 */
export class SessionStreams {
  readonly #endpoint: Endpoint;
  readonly #refuse: StrayMessageHandler;
  readonly #streams = new WeakMap<LegacySession, SessionStream>();

  constructor(endpoint: Endpoint, refuse: StrayMessageHandler) {
    this.#endpoint = endpoint;
    this.#refuse = refuse;
  }

  /**
   * Adds a call to those that messages may be for, and opens the stream where there is none. Resolves when it is open, is
   * not offered, or is late, with a function that takes the call out again.
   */
  join(session: LegacySession, take: TakeMessage, isOfOneClient: boolean): Promise<() => void> {
    return this.#of(session, isOfOneClient).join(take);
  }

  /** The same for what listens while no call runs, until `signal` aborts. */
  watch(session: LegacySession, watcher: Watcher, signal: AbortSignal): Promise<void> {
    return this.#of(session, false).watch(watcher, signal);
  }

  /** Closes the stream of a session that ends. */
  stop(session: LegacySession): void {
    this.#streams.get(session)?.stop();
  }

  #of(session: LegacySession, isOfOneClient: boolean): SessionStream {
    const known = this.#streams.get(session);
    if (known !== undefined) return known;
    const stream = new SessionStream({ endpoint: this.#endpoint, session, refuse: this.#refuse, isOfOneClient });
    this.#streams.set(session, stream);
    return stream;
  }
}

/** Listens for what belongs to no call. */
export interface Watcher {
  take(message: JsonObject): void;
  /** The stream has ended, or is refused with this status: something may have been missed. Not called where none is offered. */
  ended(status: number | null): void;
}

interface StreamOf {
  readonly endpoint: Endpoint;
  readonly session: LegacySession;
  readonly refuse: StrayMessageHandler;
  /** Whether all calls of the session are of one client. */
  readonly isOfOneClient: boolean;
}

class SessionStream {
  readonly #of: StreamOf;
  /** The last one came last. */
  readonly #calls = new Set<TakeMessage>();
  readonly #watchers = new Set<Watcher>();
  readonly #stop = new AbortController();
  #offered = true;
  /** Settles when the first try of the present run has come to something; null while nothing runs. */
  #opening: Promise<void> | null = null;

  constructor(of: StreamOf) {
    this.#of = of;
  }

  async join(take: TakeMessage): Promise<() => void> {
    this.#calls.add(take);
    await this.#open();
    return () => void this.#calls.delete(take);
  }

  async watch(watcher: Watcher, signal: AbortSignal): Promise<void> {
    this.#watchers.add(watcher);
    signal.addEventListener('abort', () => this.#watchers.delete(watcher), { once: true });
    await this.#open();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #open(): Promise<void> {
    if (this.#offered) await (this.#opening ??= this.#begin());
  }

  #begin(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, MAX_WAIT_MS);
      void this.#follow(resolve).finally(() => {
        clearTimeout(timer);
        this.#opening = null;
        resolve();
      });
    });
  }

  /** A stream that ends is opened again as long as calls run or somebody listens; an idle one is left to the next call. */
  async #follow(opened: () => void): Promise<void> {
    while (this.#offered && this.#calls.size + this.#watchers.size > 0 && !this.#stop.signal.aborted) {
      const reply = await this.#of.endpoint.send({
        method: 'GET',
        ...inSession(this.#of.session),
        body: null,
        time: STREAM_MS,
        repeatable: true,
        signal: this.#stop.signal,
        lasting: true,
        onStream: opened,
        take: (message) => this.#take(message),
      });
      const status = reply.kind === 'whole' ? reply.status : null;
      // 409: the server takes the stream before this one for open.
      this.#offered = status === CONFLICT || !refusesStream(reply);
      if (status !== NOT_OFFERED) for (const { ended } of [...this.#watchers]) ended(status);
      if (this.#offered) await sleep(PAUSE_MS, undefined, { ref: false });
    }
  }

  /** Never the end of the stream: answers come on the streams of their calls. */
  #take(message: JsonObject): boolean {
    if (!('method' in message)) return false;
    for (const { take } of this.#watchers) take(message);
    if (serverNotification(String(message['method'])) === 'subscribers') return false;
    const calls = [...this.#calls];
    const isProgress = message['method'] === 'notifications/progress';
    const isNobodys = calls.length === 0 || (calls.length > 1 && !this.#of.isOfOneClient && !isProgress);
    if (isNobodys) this.#of.refuse(this.#of.session, message);
    else for (const take of isProgress ? calls : calls.slice(-1)) take(message);
    return false;
  }
}
