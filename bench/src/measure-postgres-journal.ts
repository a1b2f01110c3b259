import { randomBytes } from 'node:crypto';
import { openPostgresJournal, type PostgresJournalOptions } from '@sallyport/adapter-postgres';
import type { Commit, EventData, Journal } from '@sallyport/contracts';
import { ringKeyWrap } from '@sallyport/journal';

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

async function drive(journal: Journal, load: { callers: number; tenants: number; ms: number }): Promise<number[]> {
  const latencies: number[] = [];
  const end = performance.now() + load.ms;

  async function caller(at: number): Promise<void> {
    const tenant = `tenant-${at % load.tenants}`;
    for (let start = performance.now(); start < end;) {
      const answer = await journal.commit(decision(tenant));
      if (answer.status !== 'committed') throw new Error(`a new decision was answered with ${answer.status}`);
      const now = performance.now();
      latencies.push(now - start);
      start = now;
    }
  }

  await Promise.all(Array.from({ length: load.callers }, (_, at) => caller(at)));
  return latencies;
}

const RUN = randomBytes(6).toString('base64url');
const DIGEST = `sha256:${'d'.repeat(43)}` as const;
let made = 0;

/** One that is like no other, in a stream of its own, as every call's is. */
export function decision(tenant: string, effect: EventData['call.decided']['decision'] = 'allow'): Commit {
  const id = `${RUN}${String(++made).padStart(14, '0')}`;
  return {
    tenant,
    commandId: `decide/${id}`,
    writes: [
      {
        stream: `call/${id}`,
        expectedVersion: 0,
        events: [
          {
            id: `01${id}`,
            type: 'call.decided',
            time: '2026-11-23T09:15:02.113Z',
            source: '/audit',
            traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
            data: { ...decided(tenant, made), decision: effect },
          },
        ],
      },
    ],
  };
}

function decided(tenant: string, counter: number): EventData['call.decided'] {
  return {
    tenant,
    decision: 'allow',
    reason: 'allowed',
    guard: 'authorization',
    subject: { ref: 'sub_mD3kX9wQbL5tVn2HcR7aZg', issuer: 'https://login.example' },
    agent: { ref: 'cli_mD3kX9wQbL5tVn2HcR7aZg', verified: true },
    session: 'ses_mD3kX9wQbL5tVn2HcR7aZg',
    flow: 'flw_mD3kX9wQbL5tVn2HcR7aZg',
    action: 'tools/call',
    upstream: 'shop',
    tool: 'orders.refund',
    definition: DIGEST,
    call: DIGEST,
    arguments: { digest: DIGEST, commitment: DIGEST, bytes: 214 },
    resources: [],
    facts: { digest: DIGEST, bulk: 1, wildcards: [], unbounded: [], depth: 2 },
    verdicts: [
      { guard: 'strict-input', effect: 'pass' },
      { guard: 'visibility', effect: 'pass' },
      { guard: 'limits', effect: 'pass', limits: [{ id: 'per-user', remaining: 41 }] },
      { guard: 'authorization', effect: 'allow', rules: ['refund-own-orders'] },
    ],
    policy: DIGEST,
    guards: DIGEST,
    gateway: { boot: 'mD3kX9wQbL5tVn2HcR7aZg', counter },
    approval: null,
    elapsed_us: 1_834,
  };
}
