import { openRedisCounters } from '@sallyport/adapter-redis';
import type { Counters, LimitCheck } from '@sallyport/contracts';

export interface RedisLimitsOptions {
  /** `host:port` of a server that nobody else uses. */
  readonly nodes: readonly string[];
  readonly cluster?: boolean;
  /** Reservations that are under way at once. */
  readonly concurrency?: number;
  /** Reservations that count; a quarter of it before, to warm up. */
  readonly count?: number;
  /** `rates`: tenant, subject, session and tool, kept whatever is decided. `kinds`: one of each kind, given back on refusal. */
  readonly limits?: 'rates' | 'kinds';
  /** Settles each reservation as allowed and then finished, as a call does. */
  readonly settle?: boolean;
}

export interface RedisLimitsFigures {
  /** Reservations of four limits per second. */
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * How fast Redis looks at four limits in one go, for 1,000 callers of 10 tenants in turn.
 *
 * @throws CountersUnavailable if the store is away; Error if a limit refuses, as none should
 */
export async function benchRedisLimits(options: RedisLimitsOptions): Promise<RedisLimitsFigures> {
  const { nodes, cluster = false, concurrency = 64, count = 100_000, limits = 'rates', settle = false } = options;
  const { counters, close } = await openRedisCounters({ nodes, cluster, tls: false, answerMs: 10_000 });
  const run = process.hrtime.bigint();
  let made = 0;

  async function caller(until: number, latencies: number[]): Promise<void> {
    while (made < until) {
      const at = made++;
      const start = performance.now();
      await gateway(counters, {
        tenant: `tenant${at % 10}`,
        id: `${run}-${at}/limits`,
        limits: checks(limits, at),
        settle,
      });
      latencies.push(performance.now() - start);
    }
  }

  async function load(number: number): Promise<number[]> {
    const latencies: number[] = [];
    made = 0;
    await Promise.all(Array.from({ length: concurrency }, () => caller(number, latencies)));
    return latencies.sort((one, other) => one - other);
  }

  try {
    for (let tenant = 0; tenant < 10; tenant += 1) await counters.restore(`tenant${tenant}`, []);
    await load(Math.ceil(count / 4));
    const start = performance.now();
    const latencies = await load(count);
    const perSecond = (count / (performance.now() - start)) * 1_000;
    const quantile = (part: number) => latencies[Math.floor(latencies.length * part)] ?? Number.NaN;
    return { perSecond, p50: quantile(0.5), p99: quantile(0.99) };
  } finally {
    await close();
  }
}

type Gateway = Parameters<Counters['reserve']>[0] & { readonly settle: boolean };

async function gateway(counters: Counters, { settle, ...request }: Gateway): Promise<void> {
  const answer = await counters.reserve(request);
  if (!answer.ok) throw new Error(`limit ${answer.refusedBy} refuses`);
  if (!settle) return;
  await counters.settle(request.tenant, request.id, 'allowed');
  await counters.settle(request.tenant, request.id, 'finished');
}

function checks(limits: 'rates' | 'kinds', at: number): readonly LimitCheck[] {
  const caller = at % 1_000;
  const wide = { max: 1e9, burst: 1e9, periodMs: 60_000, cost: 1 };
  if (limits === 'rates') {
    return ['tenant', `subject${caller}`, `session${caller}`, `tool${caller % 100}`].map((key) => {
      return { id: key, key, kind: 'rate', settle: 'attempt', ...wide };
    });
  }
  return (['rate', 'budget', 'concurrent', 'identical'] as const).map((kind) => {
    return { id: kind, key: kind === 'identical' ? `call${at}` : `subject${caller}`, kind, settle: 'use', ...wide };
  });
}
