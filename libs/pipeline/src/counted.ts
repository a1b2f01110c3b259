import type { Observer } from '@sallyport/contracts';

/** Equal refusals, and how many there were. */
export interface Counted<Kind> {
  readonly kind: Kind;
  count: number;
  /** Bytes of all of them. */
  bytes: number;
  /** Wall clock, milliseconds. */
  readonly first: number;
  last: number;
}

/** Counts what is equal until it is written. */
export interface Counting<Kind> {
  add(key: string, kind: Kind, one: { readonly at: number; readonly bytes?: number }): void;
  /** Writes one event for each kind. What can't be written now is kept for the next time. */
  flush(): Promise<void>;
}

/** While nothing can be written, so many kinds are kept; of more, only the number is told. */
const MOST_KINDS = 10_000;

/** @param write writes one kind with its count; a rejection keeps it for the next flush */
export function createCounting<Kind>(
  write: (counted: Counted<Kind>) => Promise<void>,
  { trouble }: Pick<Observer, 'trouble'>,
): Counting<Kind> {
  let kinds = new Map<string, Counted<Kind>>();

  function merge(key: string, { kind, count, bytes, first, last }: Counted<Kind>): void {
    const known = kinds.get(key);
    if (known === undefined && kinds.size >= MOST_KINDS) return trouble('refusals_uncounted', `${count} refusals`);
    const sum = known ?? { kind, count: 0, bytes: 0, first, last };
    kinds.set(key, { ...sum, count: sum.count + count, bytes: sum.bytes + bytes, last: Math.max(sum.last, last) });
  }

  return {
    add: (key, kind, { at, bytes = 0 }) => merge(key, { kind, count: 1, bytes, first: at, last: at }),
    async flush() {
      const due = kinds;
      kinds = new Map();
      for (const [key, counted] of due) {
        await write(counted).catch((error: unknown) => {
          trouble('audit_unavailable', String(error));
          merge(key, counted);
        });
      }
    },
  };
}
