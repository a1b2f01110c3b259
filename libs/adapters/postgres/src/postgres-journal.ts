import { randomBytes } from 'node:crypto';
import { thrownText } from '@sallyport/base';
import {
  type Commit,
  type Committed,
  type Journal,
  JournalUnavailable,
  type KeyWrap,
  type RelayMarks,
} from '@sallyport/contracts';
import { sealing } from '@sallyport/journal';
import { clientConfig, type PostgresConnection } from './connection.ts';
import { postgresLeases } from './leases.ts';
import { Link } from './link.ts';
import { opened } from './open-connections.ts';
import { postgresDirectory } from './postgres-directory.ts';
import type { PostgresReader } from './postgres-reader.ts';
import { Queries } from './queries.ts';
import { watchErasures } from './erasures.ts';
import { journalReads, readWritten, tenantsOf, textStoreOf, type Written } from './journal-reads.ts';
import { postgresRelayMarks } from './relay-marks.ts';
import { textsOf } from './request.ts';
import { sealedTable, subjectsOf } from './sealed-table.ts';
import { Sequencer } from './sequencer.ts';

export interface PostgresJournalOptions {
  /** As `sallyport_audit`. */
  readonly connection: PostgresConnection;
  /** Milliseconds after which a commit that has no answer is given up as unavailable. */
  readonly deadlineMs?: number;
  /** Connections that write at once, each for tenants of its own. */
  readonly writers?: number;
  /** Told in a line when the connection is lost and when it is restored. */
  readonly log?: (message: string) => void;
  /** `bytes` random bytes as base64url, for pseudonyms. */
  readonly random?: (bytes: number) => string;
  /** Wraps the keys of subjects. */
  readonly wrap: KeyWrap;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
  /** Told of each transaction how many commits shared it. */
  readonly onCommits?: (count: number) => void;
}

/** What a reader has, with a `commit` that writes, and the relay's marks. `close` waits for what is under way. */
export interface PostgresJournal extends Omit<PostgresReader, 'connections'> {
  readonly marks: RelayMarks;
}

/** More than the relay of the feed takes, so that what a call waits for is asked at once. */
const READERS = 6;

/**
 * Opens the journal in PostgreSQL for the one service that writes it. Several may, at a cost: who is overtaken looks again.
 *
 * @throws PostgresUnsafe where a setting would lose what was answered, PostgresSchemaMismatch, PostgresUnreachable after
 *   some tries
 */
export async function openPostgresJournal({
  connection,
  deadlineMs = 5_000,
  writers = 2,
  log = () => undefined,
  wrap,
  random = (bytes) => randomBytes(bytes).toString('base64url'),
  now = () => performance.now(),
  onCommits,
}: PostgresJournalOptions): Promise<PostgresJournal> {
  await opened(connection, { durable: true });
  const config = clientConfig(connection, { program: 'sallyport-audit', statementMs: deadlineMs });
  const queries = new Queries(config, { connections: READERS, deadlineMs });
  const leases = postgresLeases({ queries, random, now });
  const connect = watched(() => Link.open(connection, deadlineMs), log);
  const read = (of: readonly Written[]) => readWritten(queries, of);
  const sequencers = Array.from({ length: writers }, () => new Sequencer({ connect, now, read, onCommits }));
  const sequencerOf = spread(sequencers);
  let closed = false;

  const directory = postgresDirectory(queries, random);
  const table = sealedTable(queries);
  const stopWatching = watchErasures(queries, [directory, table]);

  function write(commit: Commit): Promise<Committed> {
    return new Promise((resolve, reject) => {
      const texts = textsOf(commit);
      if (closed) return reject(new JournalUnavailable('The journal is closed.'));
      const until = now() + deadlineMs;
      sequencerOf(commit.tenant).add({ ...texts, until, doubtful: false, resolve, reject });
    });
  }

  const written: Journal = {
    ...journalReads(queries),
    async commit(commit) {
      const committed = await write(commit);
      if (commit.erases !== undefined) for (const one of [directory, table]) one.forget();
      return committed;
    },
  };

  return {
    ...sealing({ journal: written, table, wrap }),
    directory,
    subjects: subjectsOf(queries),
    tenants: tenantsOf(queries),
    texts: textStoreOf(queries),
    leases,
    marks: postgresRelayMarks(queries),
    healthy: () => queries.answers(),
    async close() {
      closed = true;
      stopWatching();
      await Promise.all(sequencers.map((sequencer) => sequencer.close()));
      await leases.close();
      await queries.close();
    },
  };
}

/** Tenants in turn, each always to the same. */
function spread(sequencers: readonly Sequencer[]): (tenant: string) => Sequencer {
  const placed = new Map<string, Sequencer>();
  return (tenant) => {
    const known = placed.get(tenant);
    if (known) return known;
    const next = sequencers[placed.size % sequencers.length];
    if (!next) throw new RangeError('A journal needs a writer.');
    placed.set(tenant, next);
    return next;
  };
}

/** Says once that connecting fails, and once that it works again. */
function watched(connect: () => Promise<Link>, log: (message: string) => void): () => Promise<Link> {
  let away = false;
  return async () => {
    try {
      const link = await connect();
      if (away) log('PostgreSQL connection restored');
      away = false;
      return link;
    } catch (error) {
      if (!away) log(`PostgreSQL connection lost: ${thrownText(error)}`);
      away = true;
      throw error;
    }
  };
}
