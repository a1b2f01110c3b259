import { leafHash } from '@sallyport/base';
import type { Commit, Journal, StoredEvent, TenantList } from '@sallyport/contracts';
import { cloudEvent, sequenceText } from '../src/cloud-event.ts';

/** A journal in arrays, for the tests of what reads and writes one: the adapters build on this library, so that it can't use theirs. */
export function createArrayJournal(): { readonly journal: Journal; readonly tenants: TenantList } {
  const logs = new Map<string, StoredEvent[]>();

  function append({ tenant, writes }: Commit): number {
    const log = logs.get(tenant) ?? [];
    logs.set(tenant, log);
    const first = log.length + 1;
    for (const { stream, events } of writes)
      for (const { id, type, ...event } of events) {
        const sequence = log.length + 1;
        const { head, tail } = cloudEvent({ id, type, ...event }, { stream });
        const bytes = Buffer.from(head + sequenceText(sequence) + tail);
        const version = log.filter((stored) => stored.stream === stream).length + 1;
        log.push({ sequence, tenant, stream, version, id, type, bytes, leaf: leafHash(bytes) });
      }
    return first;
  }

  return {
    journal: {
      commit: async (commit) => ({ status: 'committed', first: append(commit) }),
      readStream: async (tenant, stream) => (logs.get(tenant) ?? []).filter((stored) => stored.stream === stream),
      readAll: async (tenant, { after, limit, kind }) =>
        (logs.get(tenant) ?? [])
          .filter(({ sequence, stream }) => sequence > after && stream.startsWith(kind === undefined ? '' : `${kind}/`))
          .slice(0, limit),
    },
    tenants: {
      tenants: async () => [...logs.keys()],
      sizes: async () => ({ sizes: new Map([...logs].map(([name, { length }]) => [name, length])), until: null }),
    },
  };
}
