import type {
  ConnectionStore,
  Counters,
  Directory,
  Journal,
  Keys,
  Spool,
  Subjects,
  TenantList,
  Texts,
  UsedIds,
  Vault,
} from '@sallyport/contracts';

/** What an instance keeps, in a directory of its own or among services. */
export interface Stores {
  readonly journal: Journal;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly subjects: Subjects;
  readonly tenants: TenantList;
  readonly texts: Texts;
  /** What is kept of users' sign-ins at upstreams. */
  readonly connections: ConnectionStore;
  readonly spool: Spool;
  readonly keys: Keys;
  readonly counters: Counters;
  /** Proofs of clients that count once. */
  readonly usedIds: UsedIds;
  /** Tells `listener` whose log may have grown, and the sequence of its last event; returns how to stop. */
  subscribe(listener: (tenant: string, size: number) => void): () => void;
  close(): Promise<void>;
}
