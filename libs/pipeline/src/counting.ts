import { counted, serialize } from '@sallyport/base';
import type { Clock, Ids, Observer } from '@sallyport/contracts';

/** Refusals that stand as one event, and how many there were. */
export interface Counted<Kind> {
  readonly kind: Kind;
  readonly count: number;
  /** Bytes of all of them. */
  readonly bytes: number;
  /** Wall clock, milliseconds. */
  readonly first: number;
  readonly last: number;
}

export interface CountingParts<Kind> {
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'ulid'>;
  readonly observer: Pick<Observer, 'incident'>;
  /**
   * Writes one event. After a rejection nobody knows whether it is on record, so that the next flush writes it again, with the
   * same id: it stands once.
   */
  readonly write: (counted: Counted<Kind>, id: string) => Promise<void>;
  /** What a kind is written as where there are too many to name each. */
  readonly various: (kind: Kind) => Kind;
}

/** What is counted, on its way into the record. Neither rejects. */
export interface Flushed {
  /** Writes what is due; called once a second. */
  flush(): Promise<void>;
  /** Writes everything, before the process ends. */
  close(): Promise<void>;
}

/** Counts what is equal until it is written, so that nobody can fill the record, however they vary what is refused. */
export interface Counting<Kind> extends Flushed {
  /**
   * @param who whose refusal it is: each has a wait of its own
   * @param key the same for refusals that are equal
   */
  add(who: string, key: string, one: One<Kind>): void;
  /** Writes one by itself; counts it while what was tried before can't be written. Never rejects. */
  write(who: string, key: string, one: One<Kind>): Promise<void>;
}

interface One<Kind> {
  readonly kind: Kind;
  readonly bytes?: number;
}

interface Unsure<Kind> {
  readonly id: string;
  readonly counted: Counted<Kind>;
}

/** What somebody was refused since the last event about them. */
interface Flood<Kind> {
  readonly kinds: Map<string, Counted<Kind>>;
  /** What is being written, or may have been. */
  readonly unsure: Set<Unsure<Kind>>;
  /** How long it rests after the next event. */
  waitMs: number;
  /** Monotonic: nothing is written before this. */
  dueAt: number;
}

/** Kinds that are written by name each time; the others stand together as one. */
const MOST_NAMED = 3;
export const VARIOUS = '_various';
/** The first is written with the next flush; then the wait doubles for as long as it goes on. */
const LEAST_WAIT_MS = 4_000;
const MOST_WAIT_MS = 60_000;
/** Of more at once, only the number is told. */
const MOST_FLOODS = 20_000;

/** Builds the counting; `flush` is the caller's to schedule. */
export function createCounting<Kind>(parts: CountingParts<Kind>): Counting<Kind> {
  const { clock, ids, observer, write } = parts;
  const { floods, floodOf, merge } = createFloods(parts);
  /** One after the other, so that none writes what another is writing. */
  const next = serialize();

  /** Whether all of it is on record now. */
  async function tryAll({ unsure }: Flood<Kind>): Promise<boolean> {
    for (const one of [...unsure]) {
      try {
        await write(one.counted, one.id);
        unsure.delete(one);
      } catch (error) {
        observer.incident('audit_unavailable', String(error));
      }
    }
    return unsure.size === 0;
  }

  async function writeOut(flood: Flood<Kind>): Promise<void> {
    if (isWritten(flood) || !(await tryAll(flood))) return;
    for (const counted of flood.kinds.values()) flood.unsure.add({ id: ids.ulid(), counted });
    flood.kinds.clear();
    if (await tryAll(flood)) rest(flood, clock.monotonic());
  }

  async function writeDue(now: number): Promise<void> {
    for (const [who, flood] of [...floods]) {
      if (flood.dueAt <= now) await writeOut(flood);
      if (isWritten(flood) && flood.dueAt + MOST_WAIT_MS <= now) floods.delete(who);
    }
  }

  function add(who: string, key: string, one: One<Kind>): void {
    merge(who, key, once(one, clock.now()));
  }

  return {
    add,
    async write(who, key, one) {
      if ((floods.get(who)?.unsure.size ?? 0) > 0) return add(who, key, one);
      const single = { id: ids.ulid(), counted: once(one, clock.now()) };
      await write(single.counted, single.id).catch((error: unknown) => {
        observer.incident('audit_unavailable', String(error));
        floodOf(who, 1)?.unsure.add(single);
      });
    },
    flush: () => next(() => writeDue(clock.monotonic())),
    close: () => next(() => writeDue(Infinity)),
  };
}

/** What everybody was refused, bounded. */
function createFloods<Kind>({ observer, various }: Pick<CountingParts<Kind>, 'observer' | 'various'>) {
  const floods = new Map<string, Flood<Kind>>();

  /** Where somebody's refusals are counted; null where there is no room for so many more, which is told. */
  function floodOf(who: string, count: number): Flood<Kind> | null {
    const known = floods.get(who);
    if (known !== undefined) return known;
    if (floods.size >= MOST_FLOODS) forgetOne();
    if (floods.size >= MOST_FLOODS) {
      observer.incident('refusals_uncounted', counted(count, 'refusal'));
      return null;
    }
    const flood: Flood<Kind> = { kinds: new Map(), unsure: new Set(), waitMs: LEAST_WAIT_MS, dueAt: -Infinity };
    floods.set(who, flood);
    return flood;
  }

  /** Forgets the oldest that has nothing left to be written. */
  function forgetOne(): void {
    for (const [who, flood] of floods) if (isWritten(flood)) return void floods.delete(who);
  }

  function merge(who: string, key: string, more: Counted<Kind>): void {
    const { kind, count } = more;
    const kinds = floodOf(who, count)?.kinds;
    if (kinds === undefined) return;
    const isNamed = kinds.has(key) || kinds.size < MOST_NAMED;
    const name = isNamed ? key : VARIOUS;
    const known = kinds.get(name);
    kinds.set(name, known === undefined ? { ...more, kind: isNamed ? kind : various(kind) } : sum(known, more));
  }

  return { floods, floodOf, merge };
}

function once<Kind>({ kind, bytes = 0 }: One<Kind>, at: number): Counted<Kind> {
  return { kind, count: 1, bytes, first: at, last: at };
}

function isWritten({ kinds, unsure }: Flood<unknown>): boolean {
  return kinds.size === 0 && unsure.size === 0;
}

function rest(flood: Flood<unknown>, now: number): void {
  flood.dueAt = now + flood.waitMs;
  flood.waitMs = Math.min(2 * flood.waitMs, MOST_WAIT_MS);
}

function sum<Kind>(one: Counted<Kind>, other: Counted<Kind>): Counted<Kind> {
  return {
    kind: one.kind,
    count: one.count + other.count,
    bytes: one.bytes + other.bytes,
    first: Math.min(one.first, other.first),
    last: Math.max(one.last, other.last),
  };
}
