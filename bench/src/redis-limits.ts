import { openRedisCounters } from '@sallyport/adapter-redis';
import type { LimitCheck } from '@sallyport/contracts';
import { Redis } from 'ioredis';
import { ratiosOf, type Spread, spreadOf } from './rows/figures.ts';

export interface RedisLimitsOptions {
  readonly host: string;
  readonly port: number;
  /** Reservations that are under way at once. */
  readonly concurrency?: number;
  readonly rounds?: number;
  /** Reservations of a round. */
  readonly count?: number;
}

export interface RedisLimitsFigures {
  /** Reservations of four limits per second. */
  readonly perSecond: number;
  /** Bare scripts per second that read and write as many keys. */
  readonly barePerSecond: number;
  /** The one over the other, round by round. */
  readonly ofBare: Spread;
}

/** Reads the keys that a reservation reads and writes those that it writes, and judges nothing. */
const BARE_LUA = `
redis.call('ZRANGEBYSCORE', KEYS[1], 0, ARGV[1], 'LIMIT', 0, 100)
redis.call('MGET', unpack(KEYS, 2))
redis.call('SET', KEYS[2], ARGV[2], 'PX', 60000)
for at = 4, #KEYS do redis.call('SET', KEYS[at], ARGV[1], 'PX', 60000) end
return ARGV[2]
`;

/**
 * How fast Redis looks at four limits in one go, for 1,000 callers of 10 tenants in turn, and a bare `EVALSHA` that touches the
 * same number of keys, in turn with it. The server should be nobody else's.
 *
 * @throws CountersUnavailable if the store is away; Error if a limit refuses, as none should
 */
export async function benchRedisLimits(options: RedisLimitsOptions): Promise<RedisLimitsFigures> {
  const { host, port, concurrency = 64, rounds = 5, count = 20_000 } = options;
  const { counters, close } = await openRedisCounters({
    nodes: [`${host}:${port}`],
    cluster: false,
    tls: false,
    answerMs: 10_000,
  });
  const bare = new Redis({ host, port, scripts: { bare: { lua: BARE_LUA } } }) as WithBare;

  const run = process.hrtime.bigint();
  let ids = 0;
  const newId = (): string => `${run}-${(ids += 1)}`;

  async function reserve(at: number): Promise<void> {
    const answer = await counters.reserve({ tenant: tenantOf(at), id: `${newId()}/limits`, limits: checks(at) });
    if (!answer.ok) throw new Error(`limit ${answer.refusedBy} refuses`);
  }

  async function touch(at: number): Promise<void> {
    const named = ['open', `ticket:${newId()}`, 'mark', ...keysOf(at)].map((key) => `{bare:${tenantOf(at)}}${key}`);
    await bare.bare(named.length, ...named, Date.now() * 1_000, answerLike);
  }

  async function perSecond(act: (at: number) => Promise<void>): Promise<number> {
    let made = 0;
    async function caller(): Promise<void> {
      while (made < count) await act(made++);
    }
    const from = performance.now();
    await Promise.all(Array.from({ length: concurrency }, caller));
    return (count / (performance.now() - from)) * 1_000;
  }

  try {
    for (let tenant = 0; tenant < 10; tenant += 1) await counters.restore(tenantOf(tenant), []);
    for (const act of [reserve, touch]) await perSecond(act);
    const reserved: number[] = [];
    const touched: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      reserved.push(await perSecond(reserve));
      touched.push(await perSecond(touch));
    }
    return {
      perSecond: spreadOf(reserved).median,
      barePerSecond: spreadOf(touched).median,
      ofBare: ratiosOf(reserved, touched),
    };
  } finally {
    bare.disconnect();
    await close();
  }
}

type WithBare = Redis & { bare(keyCount: number, ...keysAndArguments: (string | number)[]): Promise<string> };

/** As long as what is kept of a reservation. */
const answerLike = 'x'.repeat(120);

function tenantOf(at: number): string {
  return `tenant${at % 10}`;
}

/** Of tenant, subject, session and tool. */
function keysOf(at: number): readonly string[] {
  const caller = at % 1_000;
  return ['tenant', `subject${caller}`, `session${caller}`, `tool${caller % 100}`];
}

function checks(at: number): readonly LimitCheck[] {
  return keysOf(at).map((key) => {
    return { id: key, key, kind: 'rate', settle: 'attempt', max: 1e9, burst: 1e9, periodMs: 60_000, cost: 1 };
  });
}
