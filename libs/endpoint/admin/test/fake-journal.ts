import type {
  Commit,
  Directory,
  Journal,
  SealedValue,
  StoredEvent,
  TenantList,
  Texts,
  Vault,
} from '@sallyport/contracts';
import { leafHash } from '@sallyport/base';
import { cloudEvent, sequenceText } from '@sallyport/journal';

export interface FakeJournal {
  readonly journal: Journal;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly tenants: TenantList;
  readonly texts: Pick<Texts, 'find'>;
  subscribe(listener: (tenant: string, size: number) => void): () => void;
}

/** Of the one text that is kept. */
export const keptDigest = `sha256:${'k'.repeat(43)}`;

/** A journal for the routes' tests: gapless sequences and canonical events, no expected versions. */
export function createFakeJournal(): FakeJournal {
  const logs = new Map<string, StoredEvent[]>();
  const sealed = new Map<string, readonly SealedValue[]>();
  const listeners = new Set<(tenant: string, size: number) => void>();

  function append({ tenant, writes, sealed: values = [] }: Commit): number {
    const log = logs.get(tenant) ?? [];
    logs.set(tenant, log);
    const first = log.length + 1;
    for (const { stream, events } of writes) {
      for (const event of events) {
        const sequence = log.length + 1;
        const { head, tail } = cloudEvent(event, { stream });
        const bytes = Buffer.from(head + sequenceText(sequence) + tail);
        const version = log.filter((stored) => stored.stream === stream).length + 1;
        log.push({ sequence, tenant, stream, version, id: event.id, type: event.type, bytes, leaf: leafHash(bytes) });
      }
    }
    for (const value of values) sealed.set(`${tenant}/${value.event}`, [value]);
    return first;
  }

  return {
    journal: {
      async commit(commit) {
        const first = append(commit);
        listeners.forEach((tell) => tell(commit.tenant, logs.get(commit.tenant)?.length ?? 0));
        return { status: 'committed', first };
      },
      readStream: async (tenant, stream) => (logs.get(tenant) ?? []).filter((stored) => stored.stream === stream),
      readAll: async (tenant, { after, limit }) => (logs.get(tenant) ?? []).slice(after, after + limit),
    },
    vault: { open: async (tenant, event) => sealed.get(`${tenant}/${event}`) ?? [] },
    directory: {
      refOf: (_tenant, kind, name) => `${kind}_${Buffer.from(name).toString('base64url')}`,
      nameOf: async (_tenant, ref) => Buffer.from(ref.slice(4), 'base64url').toString(),
    },
    texts: { find: async (digest) => (digest === keptDigest ? 'kept' : null) },
    tenants: {
      tenants: async () => [...logs.keys()],
      sizes: async () => ({ sizes: new Map([...logs].map(([name, { length }]) => [name, length])), until: null }),
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
