import { randomBytes } from 'node:crypto';
import { openPostgresJournal, type PostgresJournalOptions } from '@sallyport/adapter-postgres';
import { ringKeyWrap } from '@sallyport/journal';
import { drive } from './journal-load.ts';

export interface JournalLoad {
  /** As the role that writes, to a database that was migrated. */
  readonly connection: PostgresJournalOptions['connection'];
  readonly ms: number;
  readonly warmUpMs?: number;
  /** Callers in a closed loop: each sends its next decision when the last is durable. */
  readonly callers?: number;
  readonly tenants?: number;
}

export interface JournalFigures {
  /** Durable decisions per second. */
  readonly decisions: number;
  /** Milliseconds until a decision is durable. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of this process's CPU per decision, the callers' own work included. */
  readonly cpu: number;
  /** Bytes of a stored decision. */
  readonly bytes: number;
}

/**
 * Drives the PostgreSQL journal directly, with decisions such as audit records.
 *
 * @throws at the first commit that was not taken
 */
export async function measurePostgresJournal({
  connection,
  ms,
  warmUpMs = 2_000,
  callers = 256,
  tenants = 8,
}: JournalLoad): Promise<JournalFigures> {
  const opened = await openPostgresJournal({ connection, wrap: ringKeyWrap([randomBytes(32)], 'the bench') });
  try {
    await drive(opened.journal, { callers, tenants, ms: warmUpMs });
    const before = process.cpuUsage();
    const start = performance.now();
    const latencies = Float64Array.from(await drive(opened.journal, { callers, tenants, ms })).sort();
    const seconds = (performance.now() - start) / 1_000;
    const { user, system } = process.cpuUsage(before);
    const [event] = await opened.journal.readAll('tenant-0', { after: 0, limit: 1 });
    return {
      decisions: latencies.length / seconds,
      p50: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
      p99: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
      cpu: (user + system) / latencies.length,
      bytes: event?.bytes.length ?? 0,
    };
  } finally {
    await opened.close();
  }
}
