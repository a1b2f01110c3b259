import { type Clock, CountersUnavailable, type UsedIds } from '@sallyport/contracts';

export interface MemoryUsedIdsOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** While so many are remembered no other is taken: forgetting one would let it be used again. */
  readonly most?: number;
}

/** Ids that were used in this process. */
export function createMemoryUsedIds({ clock, most = 100_000 }: MemoryUsedIdsOptions): UsedIds {
  /** Until when each counts as used, by wall clock; in the order of arrival. */
  const ends = new Map<string, number>();

  /** Up to the first that has to stay. */
  function forgetEnded(now: number): void {
    for (const [id, end] of ends) {
      if (end > now) return;
      ends.delete(id);
    }
  }

  return {
    async use(tenant, id, forMs) {
      const now = clock.now();
      forgetEnded(now);
      const key = JSON.stringify([tenant, id]);
      if ((ends.get(key) ?? -Infinity) > now) return false;
      if (ends.size >= most) throw new CountersUnavailable(`more than ${most} ids were used lately`);
      ends.delete(key);
      ends.set(key, now + forMs);
      return true;
    },
  };
}
