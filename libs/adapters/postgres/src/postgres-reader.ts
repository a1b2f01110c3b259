import { randomBytes } from 'node:crypto';
import {
  type Directory,
  type Journal,
  JournalUnavailable,
  type Leases,
  type TenantList,
  type Texts,
  type Vault,
} from '@sallyport/contracts';
import { clientConfig, type PostgresConnection } from './connection.ts';
import { postgresLeases } from './leases.ts';
import { opened } from './open-connections.ts';
import { postgresDirectory } from './postgres-directory.ts';
import { Queries } from './queries.ts';
import { journalReads, tenantsOf, textStoreOf, vaultOf } from './journal-reads.ts';

export interface PostgresReaderOptions {
  /** As `sallyport_gateway`, or as `sallyport_reader`, which may add a pseudonym, gets no leases and opens nothing sealed. */
  readonly connection: PostgresConnection;
  /** Most connections at once. */
  readonly connections?: number;
  /** Milliseconds after which a question is given up. */
  readonly deadlineMs?: number;
  /** `bytes` random bytes as base64url, for pseudonyms. */
  readonly random?: (bytes: number) => string;
}

export interface PostgresReader {
  readonly journal: Journal;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly tenants: TenantList;
  /** `sallyport_reader` may add none. */
  readonly texts: Texts;
  readonly leases: Leases;
  /** Whether PostgreSQL answers now. Never throws. */
  healthy(): Promise<boolean>;
  /** Gives leases back and closes the connections. */
  close(): Promise<void>;
}

/**
 * Opens the journal for one who only reads it: its `commit` always throws, since only audit writes.
 *
 * @throws PostgresUnreachable after some tries, PostgresSchemaMismatch, PostgresUnsafe for a role that passes row level security
 */
export async function openPostgresReader({
  connection,
  connections = 4,
  deadlineMs = 5_000,
  random = (bytes) => randomBytes(bytes).toString('base64url'),
}: PostgresReaderOptions): Promise<PostgresReader> {
  await opened(connection, { durable: false });
  const config = clientConfig(connection, { program: 'sallyport-reader', statementMs: deadlineMs });
  const queries = new Queries(config, { connections, deadlineMs });
  const leases = postgresLeases({ queries, random, now: () => performance.now() });
  return {
    journal: {
      ...journalReads(queries),
      commit: () => Promise.reject(new JournalUnavailable('This journal is open for reading alone.')),
    },
    vault: vaultOf(queries),
    directory: postgresDirectory(queries, random),
    tenants: tenantsOf(queries),
    texts: textStoreOf(queries),
    leases,
    healthy: () => queries.answers(),
    async close() {
      await leases.close();
      await queries.close();
    },
  };
}
