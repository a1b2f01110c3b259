import type { TenantList } from '@sallyport/contracts';

/** Tells somebody who follows all tenants whose log grew. */
export interface Growth {
  /**
   * Gives each log that is not as long as when it was last taken, one after the other. One for which `take` throws, and
   * those behind it, are given again the next time, and it comes after all others then.
   *
   * @param take is given the tenant and the sequence of its last event
   * @throws JournalUnavailable, and what `take` throws
   */
  each(take: (tenant: string, size: number) => void | Promise<void>): Promise<void>;
}

/**
 * Every so many looks all logs are asked for. It is not needed while the journal forgets nothing: a standby that lost
 * transactions when it took over counts them again, and what it counts twice would be passed over.
 */
const LOOKS = 64;

/** Builds what one reader knows. It reads as many logs as grow, not as many as there are. */
export function createGrowth(tenants: Pick<TenantList, 'sizes'>): Growth {
  const taken = new Map<string, number>();
  /** Those that could not be taken: they keep no other waiting. */
  const failed = new Set<string>();
  let since: string | null = null;
  let looks = 0;

  return {
    async each(take) {
      const { sizes, until } = await tenants.sizes(looks % LOOKS === 0 ? null : since);
      const others = [...sizes.keys()].filter((tenant) => !failed.has(tenant));
      for (const tenant of [...others, ...failed]) {
        const size = sizes.get(tenant);
        failed.delete(tenant);
        if (size === undefined || taken.get(tenant) === size) continue;
        failed.add(tenant);
        await take(tenant, size);
        failed.delete(tenant);
        taken.set(tenant, size);
      }
      since = until;
      looks += 1;
    },
  };
}
