import type { Clock } from '@sallyport/contracts';

export interface LookupGateOptions {
  readonly clock: Clock;
  /** Lookups per second that one subject may cause; twice as many may come at once. */
  readonly per_subject: number;
  /** Lookups in flight, over all subjects. */
  readonly in_flight: number;
}

export interface LookupRequest<Found> {
  readonly key: string;
  readonly subject: string;
  /** Milliseconds that an earlier answer may be used; 0 asks anew. */
  readonly ttlMs: number;
  fetch(): Promise<Found>;
}

export interface LookupGate<Found> {
  /** The answer, from memory or by `fetch`; null when the budget is spent or `fetch` fails. Never throws. */
  through(request: LookupRequest<Found>): Promise<Found | null>;
}

const mostKept = 10_000;

/** Keeps lookups few: an answer is kept for its time, equal lookups share one, and each subject has a budget. */
export function createLookupGate<Found>({ clock, per_subject, in_flight }: LookupGateOptions): LookupGate<Found> {
  const kept = new Map<string, { readonly found: Found; readonly at: number }>();
  const flying = new Map<string, Promise<Found | null>>();
  const spent = createBuckets(clock, per_subject);

  const remember = (key: string, found: Found): Found => {
    kept.delete(key);
    kept.set(key, { found, at: clock.monotonic() });
    if (kept.size > mostKept) kept.delete(kept.keys().next().value ?? '');
    return found;
  };

  return {
    async through({ key, subject, ttlMs, fetch }) {
      const known = kept.get(key);
      if (known !== undefined && clock.monotonic() - known.at < ttlMs) return known.found;
      const shared = flying.get(key);
      if (shared !== undefined && ttlMs > 0) return shared;
      if (flying.size >= in_flight || !spent.take(subject)) return null;
      const flight = fetch().then(
        (found) => remember(key, found),
        () => null,
      );
      flying.set(key, flight);
      try {
        return await flight;
      } finally {
        if (flying.get(key) === flight) flying.delete(key);
      }
    },
  };
}

/** Token buckets of `perSecond` tokens a second and twice as many at once. */
function createBuckets(clock: Clock, perSecond: number): { take(subject: string): boolean } {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(subject) {
      const now = clock.monotonic();
      const before = buckets.get(subject) ?? { tokens: perSecond * 2, at: now };
      const tokens = Math.min(perSecond * 2, before.tokens + ((now - before.at) / 1000) * perSecond);
      buckets.delete(subject);
      buckets.set(subject, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
      if (buckets.size > mostKept) buckets.delete(buckets.keys().next().value ?? '');
      return tokens >= 1;
    },
  };
}
