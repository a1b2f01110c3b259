import type { Clock, ClientSession, JsonObject } from '@sallyport/contracts';

/** A session at a legacy upstream. `id` is null where the upstream keeps none. */
export interface LegacySession {
  readonly id: string | null;
  /** The revision that `initialize` settled on. */
  readonly version: string;
}

export interface LegacySessionsOptions {
  readonly clock: Clock;
  /** Does the handshake with these client capabilities; throws when it fails. */
  open(capabilities: JsonObject): Promise<LegacySession>;
  /** Tells the upstream that a session is over. Never throws. */
  end(session: LegacySession): Promise<void>;
  /** Sessions that are kept at most; the longest unused one gives way. */
  readonly max?: number;
  /** Milliseconds without a call after which a session is ended. */
  readonly idleMs?: number;
}

interface Entry {
  readonly session: Promise<LegacySession>;
  usedAt: number;
  calls: number;
}

const SHARED = '';
const SWEEP_MS = 30_000;

/** Upstream sessions: one for each client session that has its own, one shared by all others. */
export class LegacySessions {
  readonly #options: Required<LegacySessionsOptions>;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: LegacySessionsOptions) {
    this.#options = { max: 1_000, idleMs: 900_000, ...options };
    this.#sweep = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /** Runs `use` in the session of `client`, or in the shared one; a session in use is not ended for being idle. */
  async run<T>(client: ClientSession | null, use: (session: Promise<LegacySession>) => Promise<T>): Promise<T> {
    const key = client?.id ?? SHARED;
    const entry = this.#entries.get(key) ?? this.#open(key, client?.capabilities ?? {});
    this.#touch(key, entry);
    entry.calls += 1;
    try {
      return await use(entry.session);
    } finally {
      entry.calls -= 1;
      entry.usedAt = this.#options.clock.monotonic();
    }
  }

  /** Forgets a session that the upstream has ended; the next call opens another. */
  drop(client: ClientSession | null, session: LegacySession): void {
    const key = client?.id ?? SHARED;
    const entry = this.#entries.get(key);
    void entry?.session.then((current) => {
      if (current === session && this.#entries.get(key) === entry) this.#entries.delete(key);
    });
  }

  /** Ends the session of one client. */
  async end(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    const session = await entry?.session.catch(() => undefined);
    if (session !== undefined) await this.#options.end(session);
  }

  /** Ends what has been idle for too long. */
  sweep(): void {
    const oldest = this.#options.clock.monotonic() - this.#options.idleMs;
    for (const [key, { usedAt, calls }] of this.#entries) {
      if (calls === 0 && usedAt < oldest) void this.end(key);
    }
  }

  /** Ends all sessions. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all([...this.#entries.keys()].map((key) => this.end(key)));
  }

  #open(key: string, capabilities: JsonObject): Entry {
    const session = this.#options.open(capabilities);
    const entry: Entry = { session, usedAt: this.#options.clock.monotonic(), calls: 0 };
    session.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    this.#makeRoom();
    return entry;
  }

  #touch(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  #makeRoom(): void {
    if (this.#entries.size < this.#options.max) return;
    for (const [key, { calls }] of this.#entries) {
      if (calls === 0) return void this.end(key);
    }
  }
}
