import type { Clock } from '@sallyport/contracts';
import type { ShareKey } from './share-key.ts';

/** Thrown when every place is taken by calls under way. */
export class PoolFull extends Error {
  readonly code = 'pool_full';
}

export interface SharePoolOptions<T> {
  readonly clock: Clock;
  /** Values that are kept at most. */
  readonly max: number;
  /** Milliseconds without a call after which a value is ended. */
  readonly idleMs: number;
  /** Never rejects. */
  end(value: T): Promise<void>;
}

interface Entry<T> {
  readonly key: ShareKey;
  readonly value: T;
  usedAt: number;
  calls: number;
}

const SWEEP_MS = 30_000;

/** Sessions or programs by who shares them: opened at the first call, ended when idle, never while a call runs in them. */
export class SharePool<T> {
  readonly #options: SharePoolOptions<T>;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry<T>>();
  /** Nobody else may come in; each is ended after its last call. */
  readonly #leaving = new Set<Entry<T>>();
  readonly #sweep: NodeJS.Timeout;

  constructor(options: SharePoolOptions<T>) {
    this.#options = options;
    this.#sweep = setInterval(() => this.sweep(), Math.min(SWEEP_MS, options.idleMs)).unref();
  }

  get size(): number {
    return this.#entries.size + this.#leaving.size;
  }

  /** Runs `use` with the value of the key, opened where there is none. @throws PoolFull, and what `use` throws */
  async run<R>(key: ShareKey, open: () => T, use: (value: T) => Promise<R>): Promise<R> {
    const entry = this.#entries.get(key.text) ?? this.#open(key, open);
    this.#entries.delete(key.text);
    this.#entries.set(key.text, entry);
    entry.calls += 1;
    try {
      return await use(entry.value);
    } finally {
      entry.calls -= 1;
      entry.usedAt = this.#options.clock.monotonic();
      if (entry.calls === 0 && this.#leaving.delete(entry)) void this.#options.end(entry.value);
    }
  }

  /** Forgets a value that has ended by itself; the next call opens another. */
  drop(key: ShareKey, value: T): void {
    if (this.#entries.get(key.text)?.value === value) this.#entries.delete(key.text);
  }

  /** Ends those that match, each after its last call. */
  async retire(matches: (key: ShareKey) => boolean): Promise<void> {
    await Promise.all(
      [...this.#entries.values()].filter(({ key }) => matches(key)).map((entry) => this.#retire(entry)),
    );
  }

  /** Ends what has been idle for too long. */
  sweep(): void {
    const oldest = this.#options.clock.monotonic() - this.#options.idleMs;
    for (const entry of this.#entries.values())
      if (entry.calls === 0 && entry.usedAt <= oldest) void this.#retire(entry);
  }

  /** Ends everything at once, with what runs in it. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    const all = [...this.#entries.values(), ...this.#leaving];
    this.#entries.clear();
    this.#leaving.clear();
    await Promise.all(all.map(({ value }) => this.#options.end(value)));
  }

  #open(key: ShareKey, open: () => T): Entry<T> {
    if (this.size >= this.#options.max) this.#makeRoom(key);
    return { key, value: open(), usedAt: this.#options.clock.monotonic(), calls: 0 };
  }

  async #retire(entry: Entry<T>): Promise<void> {
    this.#entries.delete(entry.key.text);
    if (entry.calls > 0) this.#leaving.add(entry);
    else await this.#options.end(entry.value);
  }

  /** The longest idle one goes, of the same tenant before others': a tenant of many people must not end what others keep. */
  #makeRoom({ tenant }: ShareKey): void {
    const idle = [...this.#entries.values()].filter(({ calls }) => calls === 0);
    const entry = idle.find(({ key }) => key.tenant === tenant) ?? idle[0];
    if (entry === undefined) throw new PoolFull(`all ${this.#options.max} are in use`);
    void this.#retire(entry);
  }
}
