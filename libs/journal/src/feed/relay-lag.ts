import type { RelayMarks, TenantList } from '@sallyport/contracts';

/** How many recorded events of all tenants are not marked as sent to the feed's topic. @throws JournalUnavailable */
export async function relayLag(tenants: Pick<TenantList, 'sizes'>, marks: Pick<RelayMarks, 'read'>): Promise<number> {
  // Marks first: what is sent in between must not make it less than nothing.
  const marked = await marks.read();
  const { sizes } = await tenants.sizes(null);
  return [...sizes].reduce((sum, [tenant, size]) => sum + Math.max(0, size - (marked.get(tenant) ?? 0)), 0);
}
