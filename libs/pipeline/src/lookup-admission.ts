import type { Clock, Config, Observer } from '@sallyport/contracts';
import { BoundedMap, createTokenBuckets } from '@sallyport/base';
import { createFairPlaces, type FairPlaces, type PlaceOwner } from './fair-places.ts';

export interface LookupAdmissionOptions {
  readonly clock: Clock;
  readonly limits: Config['resolvers'];
  readonly observer?: Pick<Observer, 'measured' | 'watched'> | undefined;
}

export interface LookupRequest<Found> {
  /** Everything that the answer depends on. */
  readonly key: string;
  readonly owner: PlaceOwner;
  /** Milliseconds that an earlier answer may be used; 0 asks again. */
  readonly ttlMs: number;
  /** Milliseconds to wait for a place among the lookups in flight. */
  readonly waitMs: number;
  /** Asks; null where nothing was found out. */
  fetch(): Promise<Found | null>;
}

export interface LookupAdmission<Found> {
  /** The answer, from memory or by `fetch`; null when the budget is spent, no place came in time, or `fetch` fails. Never throws. */
  through(request: LookupRequest<Found>): Promise<Found | null>;
}

const mostKept = 10_000;

/**
 * Keeps lookups few: an answer is kept for its time, equal lookups in flight share one, each subject has a budget, and
 * each tenant and subject a share of those in flight. A failure is never kept: the next call asks again.
 */
export function createLookupAdmission<Found>({
  clock,
  limits,
  observer,
}: LookupAdmissionOptions): LookupAdmission<Found> {
  const kept = new BoundedMap<string, { readonly found: Found; readonly askedAt: number }>(mostKept);
  const flying = new Map<string, Promise<Found | null>>();
  const spent = createTokenBuckets(clock, () => ({
    rate: limits.per_subject,
    burst: 2 * limits.per_subject,
    keys: mostKept,
  }));
  const places = createFairPlaces(sharesOf(limits));
  const entered = measuredPlaces(places, { clock, observer });

  function known({ key, ttlMs }: LookupRequest<Found>): Found | Promise<Found | null> | undefined {
    if (ttlMs === 0) return undefined;
    const last = kept.get(key);
    return last !== undefined && clock.monotonic() - last.askedAt < ttlMs ? last.found : flying.get(key);
  }

  /** What was true when it was asked may no longer be so when the answer comes. */
  function remember(key: string, found: Found, askedAt: number): void {
    if ((kept.get(key)?.askedAt ?? -Infinity) > askedAt) return;
    kept.set(key, { found, askedAt });
  }

  async function fetched({ key, fetch }: LookupRequest<Found>): Promise<Found | null> {
    const askedAt = clock.monotonic();
    try {
      const found = await fetch();
      if (found !== null) remember(key, found, askedAt);
      return found;
    } catch {
      return null;
    }
  }

  async function fly(request: LookupRequest<Found>): Promise<Found | null> {
    const { key } = request;
    const flight = fetched(request);
    flying.set(key, flight);
    try {
      return await flight;
    } finally {
      if (flying.get(key) === flight) flying.delete(key);
    }
  }

  return {
    async through(request) {
      const before = known(request);
      if (before !== undefined) return before;
      if (spent.take(request.owner.subject) > 0) return null;
      const leave = await entered(request);
      if (leave === null) return null;
      try {
        // Somebody may have found it out while this one waited.
        return await (known(request) ?? fly(request));
      } finally {
        leave();
      }
    },
  };
}

/** Takes places, and shows how many there are and how long lookups wait for one. */
function measuredPlaces(places: FairPlaces, { clock, observer }: Pick<LookupAdmissionOptions, 'clock' | 'observer'>) {
  observer?.watched?.('lookups_in_flight', () => places.taken);
  observer?.watched?.('lookups_waiting', () => places.waiting);
  return async function entered({ owner, waitMs }: Pick<LookupRequest<unknown>, 'owner' | 'waitMs'>) {
    const asked = clock.monotonic();
    const leave = await places.take(owner, waitMs);
    observer?.measured?.('lookup_wait', '', clock.monotonic() - asked);
    return leave;
  };
}

/** How many lookups may be in flight: in all, of one tenant, and of one subject. */
export function sharesOf({ in_flight: total, in_flight_per_tenant, in_flight_per_subject }: Config['resolvers']) {
  const share = (quarters: number): number => Math.max(1, Math.floor((total * quarters) / 4));
  return { total, perTenant: in_flight_per_tenant ?? share(3), perSubject: in_flight_per_subject ?? share(1) };
}
