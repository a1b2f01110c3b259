import type { ConnectionStore } from '@sallyport/contracts';

/** Users' sign-ins, in memory: gone with the process. */
export function createMemoryConnections(): ConnectionStore {
  const tenants = new Map<string, Map<string, string>>();
  return {
    find: async (tenant, name) => tenants.get(tenant)?.get(name) ?? null,
    async replace(tenant, name, expected, sealed) {
      const kept = tenants.get(tenant) ?? new Map<string, string>();
      if ((kept.get(name) ?? null) !== expected) return false;
      if (sealed === null) kept.delete(name);
      else kept.set(name, sealed);
      tenants.set(tenant, kept);
      return true;
    },
    list: async (tenant) => [...(tenants.get(tenant) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}
