import { type Clock, CountersUnavailable, type UsedIds } from '@sallyport/contracts';

export interface MemoryUsedIdsOptions {
  readonly clock: Pick<Clock, 'now'>;
  /**
   * While so many are remembered no other is taken: forgetting one would let it be used again. A quarter of them at most are of
   * one tenant, whose people could keep all others out.
   */
  readonly most?: number;
}

interface Used {
  readonly tenant: string;
  /** Until when it counts as used, by wall clock. */
  readonly end: number;
}

/** Ids that were used in this process. */
export function createMemoryUsedIds({ clock, most = 100_000 }: MemoryUsedIdsOptions): UsedIds {
  /** In the order of arrival. */
  const used = new Map<string, Used>();
  const countOf = new Map<string, number>();

  function count(tenant: string, more: 1 | -1): void {
    const all = (countOf.get(tenant) ?? 0) + more;
    if (all === 0) countOf.delete(tenant);
    else countOf.set(tenant, all);
  }

  /** Up to the first that has to stay. */
  function forgetEnded(now: number): void {
    for (const [key, { tenant, end }] of used) {
      if (end > now) return;
      used.delete(key);
      count(tenant, -1);
    }
  }

  return {
    async use(tenant, id, forMs) {
      const now = clock.now();
      forgetEnded(now);
      const key = JSON.stringify([tenant, id]);
      if (used.has(key)) return false;
      if (used.size >= most || (countOf.get(tenant) ?? 0) >= most / 4)
        throw new CountersUnavailable(
          `more ids were used lately than are remembered: ${most}, a quarter of one tenant`,
        );
      used.set(key, { tenant, end: now + forMs });
      count(tenant, 1);
      return true;
    },
  };
}
