import type { TenantList } from '@sallyport/contracts';

/** Tells somebody who follows all tenants whose log grew. */
export interface Growth {
  /**
   * Gives each log that is not as long as when it was last taken, one after the other. One for which `take` throws, and those
   * behind it, are given again the next time.
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

/** Builds what one reader knows. What it costs goes by how many logs grow, not by how many there are. */
export function createGrowth(tenants: Pick<TenantList, 'sizes'>): Growth {
  const taken = new Map<string, number>();
  let since: string | null = null;
  let looks = 0;

  return {
    async each(take) {
      const { sizes, until } = await tenants.sizes(looks % LOOKS === 0 ? null : since);
      for (const [tenant, size] of sizes) {
        if (taken.get(tenant) === size) continue;
        await take(tenant, size);
        taken.set(tenant, size);
      }
      since = until;
      looks += 1;
    },
  };
}
