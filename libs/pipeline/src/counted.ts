import { serialize } from '@sallyport/base';
import type { Clock, Observer } from '@sallyport/contracts';

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
  readonly observer: Pick<Observer, 'incident'>;
  /** Writes one event; a rejection keeps it for the next flush. */
  readonly write: (counted: Counted<Kind>) => Promise<void>;
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
  add(who: string, key: string, one: { readonly kind: Kind; readonly bytes?: number }): void;
}

/** What somebody was refused since the last event about them. */
interface Flood<Kind> {
  readonly kinds: Map<string, Counted<Kind>>;
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
export function createCounting<Kind>({ clock, observer, write, various }: CountingParts<Kind>): Counting<Kind> {
  const floods = new Map<string, Flood<Kind>>();
  /** One after the other: what one of them took out and could not write is there again when the next begins. */
  const next = serialize();

  function floodOf(who: string): Flood<Kind> | null {
    const known = floods.get(who);
    if (known !== undefined) return known;
    if (floods.size >= MOST_FLOODS) forgetOne();
    if (floods.size >= MOST_FLOODS) return null;
    const flood: Flood<Kind> = { kinds: new Map(), waitMs: LEAST_WAIT_MS, dueAt: -Infinity };
    floods.set(who, flood);
    return flood;
  }

  /** Forgets the oldest that has nothing left to be written. */
  function forgetOne(): void {
    for (const [who, { kinds }] of floods) if (kinds.size === 0) return void floods.delete(who);
  }

  function merge(who: string, key: string, counted: Counted<Kind>): void {
    const { kind, count } = counted;
    const kinds = floodOf(who)?.kinds;
    if (kinds === undefined) return observer.incident('refusals_uncounted', `${count} refusals`);
    const isNamed = kinds.has(key) || kinds.size < MOST_NAMED;
    const name = isNamed ? key : VARIOUS;
    const known = kinds.get(name);
    kinds.set(name, known === undefined ? { ...counted, kind: isNamed ? kind : various(kind) } : sum(known, counted));
  }

  async function writeOut(who: string, flood: Flood<Kind>): Promise<void> {
    const due = [...flood.kinds];
    flood.kinds.clear();
    let isWritten = due.length > 0;
    for (const [key, counted] of due) {
      await write(counted).catch((error: unknown) => {
        observer.incident('audit_unavailable', String(error));
        merge(who, key, counted);
        isWritten = false;
      });
    }
    if (isWritten) rest(flood, clock.monotonic());
  }

  async function writeDue(now: number): Promise<void> {
    for (const [who, flood] of [...floods]) {
      if (flood.dueAt <= now) await writeOut(who, flood);
      if (flood.kinds.size === 0 && flood.dueAt + MOST_WAIT_MS <= now) floods.delete(who);
    }
  }

  return {
    add(who, key, { kind, bytes = 0 }) {
      const at = clock.now();
      merge(who, key, { kind, count: 1, bytes, first: at, last: at });
    },
    flush: () => next(() => writeDue(clock.monotonic())),
    close: () => next(() => writeDue(Infinity)),
  };
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
