import { randomBytes } from 'node:crypto';
import {
  type ConnectionStore,
  type Directory,
  type Journal,
  JournalUnavailable,
  type KeyWrap,
  type Leases,
  type Subjects,
  type TenantList,
  type Texts,
  type Vault,
} from '@sallyport/contracts';
import { sealing } from '@sallyport/journal';
import { clientConfig, type PostgresConnection } from './connection.ts';
import { postgresLeases } from './leases.ts';
import { opened } from './open-connections.ts';
import { postgresDirectory } from './postgres-directory.ts';
import { Queries } from './queries.ts';
import { watchErasures } from './erasures.ts';
import { connectionsOf, journalReads, tenantsOf, textStoreOf } from './journal-reads.ts';
import { sealedTable, subjectsOf } from './sealed-table.ts';

export interface PostgresReaderOptions {
  /** As `sallyport_gateway`, or as `sallyport_reader`, which may add a pseudonym, gets no leases and opens nothing sealed. */
  readonly connection: PostgresConnection;
  /** Most connections at once. */
  readonly connections?: number;
  /** Milliseconds after which a question is given up. */
  readonly deadlineMs?: number;
  /** `bytes` random bytes as base64url, for pseudonyms. */
  readonly random?: (bytes: number) => string;
  /** Opens the keys of subjects; where it is absent the vault opens nothing. */
  readonly wrap?: KeyWrap | undefined;
}

export interface PostgresReader {
  readonly journal: Journal;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly subjects: Subjects;
  readonly tenants: TenantList;
  /** `sallyport_reader` may add none. */
  readonly texts: Texts;
  /** `sallyport_gateway` alone may read and change them. */
  readonly connections: ConnectionStore;
  readonly leases: Leases;
  /** Whether PostgreSQL answers now. Never throws. */
  healthy(): Promise<boolean>;
  /** Gives leases back and closes the connections. */
  close(): Promise<void>;
}

const closed: Vault = {
  open: () => Promise.reject(new JournalUnavailable('Who reads this journal may open nothing that is sealed.')),
};

/**
 * Opens the journal for one who only reads it: its `commit` always throws, since only audit writes.
 *
 * @throws PostgresUnreachable after some tries, PostgresSchemaMismatch, PostgresUnsafe for a role that passes row level security
 */
export async function openPostgresReader({
  connection,
  connections = 4,
  deadlineMs = 5_000,
  wrap,
  random = (bytes) => randomBytes(bytes).toString('base64url'),
}: PostgresReaderOptions): Promise<PostgresReader> {
  await opened(connection, { durable: false });
  const config = clientConfig(connection, { program: 'sallyport-reader', statementMs: deadlineMs });
  const queries = new Queries(config, { connections, deadlineMs });
  const leases = postgresLeases({ queries, random, now: () => performance.now() });
  const directory = postgresDirectory(queries, random);
  const stopWatching = watchErasures(queries, [directory]);
  const journal: Journal = {
    ...journalReads(queries),
    commit: () => Promise.reject(new JournalUnavailable('This journal is open for reading alone.')),
  };
  return {
    journal,
    vault: wrap === undefined ? closed : sealing({ journal, table: sealedTable(queries), wrap }).vault,
    directory,
    subjects: subjectsOf(queries),
    tenants: tenantsOf(queries),
    texts: textStoreOf(queries),
    connections: connectionsOf(queries),
    leases,
    healthy: () => queries.answers(),
    async close() {
      stopWatching();
      await leases.close();
      await queries.close();
    },
  };
}
