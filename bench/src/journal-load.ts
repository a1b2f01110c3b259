import { randomBytes } from 'node:crypto';
import type { Commit, EventData, Journal } from '@sallyport/contracts';

export interface Load {
  /** In a closed loop: each sends its next decision when the last is durable. */
  readonly callers: number;
  readonly tenants: number;
  readonly ms: number;
  /** Sealed values beside each decision, of some thousand subjects in turn. */
  readonly sealed?: number;
}

/**
 * Commits decisions as audit records them.
 *
 * @returns milliseconds until each was durable
 * @throws at the first that was not taken
 */
export async function drive(journal: Journal, load: Load): Promise<number[]> {
  const latencies: number[] = [];
  const end = performance.now() + load.ms;

  async function caller(at: number): Promise<void> {
    const tenant = `tenant-${at % load.tenants}`;
    for (let start = performance.now(); start < end;) {
      const answer = await journal.commit(decision(tenant, { sealed: load.sealed ?? 0 }));
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
const SUBJECTS = 2_000;
const VALUE = { salt: 's'.repeat(43), value: JSON.stringify({ order: 'o-1', note: 'n'.repeat(180) }) };
let made = 0;

/** One that is like no other, in a stream of its own, as every call's is. */
export function decision(
  tenant: string,
  { effect = 'allow', sealed = 0 }: { effect?: EventData['call.decided']['decision']; sealed?: number } = {},
): Commit {
  const id = `${RUN}${String(++made).padStart(14, '0')}`;
  const subject = `sub_${made % SUBJECTS}`;
  const values = Array.from({ length: sealed }, (_, at) => ({ event: `01${id}`, field: `f${at}`, subject, ...VALUE }));
  return {
    tenant,
    commandId: `decide/${id}`,
    sealed: values,
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
