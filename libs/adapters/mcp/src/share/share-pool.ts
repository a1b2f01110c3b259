import { once } from 'node:events';
import { beside } from '@sallyport/base';
import type { Clock, Outcome } from '@sallyport/contracts';
import type { UpstreamLog } from '../bounded-log.ts';
import type { ShareBounds } from './share-bounds.ts';
import type { ShareKey } from './share-key.ts';

/** Whose places are taken. */
export type Taken = 'by_all' | 'by_tenant' | 'by_subject';

/** Thrown when every place, or every one that this caller may have, is taken by calls under way. */
export class PoolFull extends Error {
  readonly code = 'pool_full';
  readonly taken: Taken;

  constructor(taken: Taken, count: number) {
    super(`${{ by_all: 'all', by_tenant: 'the tenant’s', by_subject: 'the subject’s' }[taken]} ${count} are in use`);
    this.taken = taken;
  }

  /** For our log: what is in use, and the setting that changes it. */
  why(setting: 'max_sessions' | 'max_programs'): string {
    return `${this.message}: ${this.taken === 'by_subject' ? `${setting}_per_subject` : setting}`;
  }
}

export interface SharePoolOptions<T> {
  readonly clock: Clock;
  readonly bounds: ShareBounds;
  end(value: T): Promise<void>;
  readonly log: UpstreamLog;
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
    this.#sweep = setInterval(() => this.sweep(), Math.min(SWEEP_MS, options.bounds.idleMs)).unref();
  }

  get size(): number {
    return this.#entries.size + this.#leaving.size;
  }

  /** Runs `use` with the value of the key, opened where there is none. @throws PoolFull, and what `use` throws */
  async run<R>(key: ShareKey, open: () => T, use: (value: T) => Promise<R>): Promise<R> {
    const kept = this.#entries.get(key.text);
    if (kept === undefined || kept.calls === 0) this.#requireTenantsPlace(key);
    const entry = kept ?? this.#open(key, open);
    this.#entries.delete(key.text);
    this.#entries.set(key.text, entry);
    entry.calls += 1;
    try {
      return await use(entry.value);
    } finally {
      entry.calls -= 1;
      entry.usedAt = this.#options.clock.monotonic();
      if (entry.calls === 0 && this.#leaving.delete(entry)) this.#beside(() => this.#options.end(entry.value));
    }
  }

  /** The same for what goes on behind its answer: it counts as a call until `signal` aborts. Without a signal, until the answer. */
  runOn(
    key: ShareKey,
    open: () => T,
    use: (value: T) => Promise<Outcome>,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    if (signal === undefined) return this.run(key, open, use);
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.run(key, open, async (value) => {
      const outcome = await use(value);
      resolve(outcome);
      if (outcome.kind === 'result' && !signal.aborted) await once(signal, 'abort');
    }).catch(reject);
    return promise;
  }

  /** Forgets a value that has ended by itself; the next call opens another. */
  drop(key: ShareKey, value: T): void {
    if (this.#entries.get(key.text)?.value === value) this.#entries.delete(key.text);
  }

  /** Lets nobody else in; the value is ended after its last call, and the next one opens another. */
  leave(key: ShareKey, value: T): void {
    const entry = this.#entries.get(key.text);
    if (entry?.value === value) this.#beside(() => this.#retire(entry));
  }

  /** Ends those that match, each after its last call. */
  async retire(matches: (key: ShareKey) => boolean): Promise<void> {
    await Promise.all(
      [...this.#entries.values()].filter(({ key }) => matches(key)).map((entry) => this.#retire(entry)),
    );
  }

  /** Ends what has been idle for too long. */
  sweep(): void {
    const oldest = this.#options.clock.monotonic() - this.#options.bounds.idleMs;
    for (const entry of this.#entries.values())
      if (entry.calls === 0 && entry.usedAt <= oldest) this.#beside(() => this.#retire(entry));
  }

  /** Ends everything at once, with what runs in it. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    const all = this.#all();
    this.#entries.clear();
    this.#leaving.clear();
    await Promise.all(all.map(({ value }) => this.#options.end(value)));
  }

  #all(): Entry<T>[] {
    return [...this.#entries.values(), ...this.#leaving];
  }

  #open(key: ShareKey, open: () => T): Entry<T> {
    this.#makeRoom(key);
    return { key, value: open(), usedAt: this.#options.clock.monotonic(), calls: 0 };
  }

  /** Nobody waits for an end. */
  #beside(end: () => Promise<void>): void {
    const { log } = this.#options;
    beside(end, (why) => log('warn', 'what nobody uses any more could not be ended', { error: why }));
  }

  async #retire(entry: Entry<T>): Promise<void> {
    this.#entries.delete(entry.key.text);
    if (entry.calls > 0) this.#leaving.add(entry);
    else await this.#options.end(entry.value);
  }

  /** What is idle gives way, so only what is in use counts: a tenant that is alone keeps all of them. */
  #requireTenantsPlace({ tenant }: ShareKey): void {
    const { perTenant } = this.#options.bounds;
    if (tenant === null || this.size < perTenant) return;
    const busy = this.#all().filter(({ key, calls }) => calls > 0 && key.tenant === tenant).length;
    if (busy >= perTenant) throw new PoolFull('by_tenant', perTenant);
  }

  #makeRoom(key: ShareKey): void {
    const { max, perSubject } = this.#options.bounds;
    const all = this.#all();
    const own = all.filter(({ key: { holder } }) => holder === key.holder);
    const idle = own.find(({ calls }) => calls === 0);
    if (own.length >= perSubject) this.#end(idle, new PoolFull('by_subject', perSubject));
    else if (all.length >= max) this.#end(idle ?? ofOneWithNoFewer(all, key), new PoolFull('by_all', max));
  }

  #end(entry: Entry<T> | undefined, full: PoolFull): void {
    if (entry === undefined) throw full;
    this.#beside(() => this.#retire(entry));
  }
}

/**
 * The longest idle one of the tenant, and within it of the subject, that has the most. A tenant that has fewer than the
 * newcomer's, and a subject of that tenant that has fewer than the newcomer, loses none.
 */
function ofOneWithNoFewer<T>(all: readonly Entry<T>[], newcomer: ShareKey): Entry<T> | undefined {
  const ofTenant = Map.groupBy(all, ({ key }) => key.tenant);
  const ofHolder = Map.groupBy(all, ({ key }) => key.holder);
  const isNear = (key: ShareKey): boolean => key.tenant === newcomer.tenant;
  const byTenant = (key: ShareKey): number => ofTenant.get(key.tenant)?.length ?? 0;
  const byHolder = (key: ShareKey): number => ofHolder.get(key.holder)?.length ?? 0;
  const hasNoFewer = (key: ShareKey): boolean =>
    isNear(key) ? byHolder(key) >= byHolder(newcomer) : byTenant(key) >= byTenant(newcomer);
  const [first] = all
    .filter(({ key, calls }) => calls === 0 && hasNoFewer(key))
    .sort(
      ({ key: a }, { key: b }) =>
        byTenant(b) - byTenant(a) || Number(isNear(b)) - Number(isNear(a)) || byHolder(b) - byHolder(a),
    );
  return first;
}
