import { jest } from '@jest/globals';
import { BudgetsUnknown, CountersUnavailable, type LimitCheck } from '@sallyport/contracts';
import { freshId, type RedisUnderTest, sampleLimit, startRedis } from '@sallyport/testing';
import { keysOf } from './counter-keys.ts';
import { NoAnswer } from './deadline.ts';
import { createRedisClient } from './redis-client.ts';
import { openRedisCounters, type OpenRedisCounters, type RedisCountersConfig } from './open-redis-counters.ts';

jest.setTimeout(60_000);

const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Milliseconds until a reservation is answered again. */
async function untilBack({ counters }: OpenRedisCounters): Promise<number> {
  return elapsed(async () => {
    for (;;) {
      try {
        return await counters.reserve({ tenant: 'shop', id: freshId(), limits: [sampleLimit('rate')] });
      } catch (error) {
        if (!(error instanceof CountersUnavailable)) throw error;
        await soon(5);
      }
    }
  });
}

/** How a reservation fails while the store is away, and after how many milliseconds. */
async function refused({ counters }: OpenRedisCounters): Promise<[CountersUnavailable, number]> {
  const start = performance.now();
  try {
    await counters.reserve({ tenant: 'shop', id: freshId(), limits: [sampleLimit('rate')] });
  } catch (error) {
    if (error instanceof CountersUnavailable) return [error, performance.now() - start];
    throw error;
  }
  throw new Error('the store answers');
}

/** Well under a second on an idle machine. */
const BACK_MS = 3_000;

/** As in production. */
const hasty = { answerMs: 100 };

describe.each([{ cluster: false }, { cluster: true }])('a Redis, cluster: $cluster', ({ cluster }) => {
  let redis: RedisUnderTest;
  const opened: OpenRedisCounters[] = [];
  const told: string[] = [];

  /** Patient unless a test is about a store that is away, so that a busy machine is not taken for one. */
  async function open(over: Partial<RedisCountersConfig> = {}) {
    const log = (what: string) => void told.push(what);
    const nodes = [`${redis.host}:${redis.port}`];
    const made = await openRedisCounters({ nodes, cluster, tls: false, answerMs: 10_000, log, ...over });
    opened.push(made);
    return made;
  }

  beforeAll(async () => {
    redis = await startRedis({ cluster });
  });

  afterEach(async () => {
    await redis.unpause().catch(() => undefined); // unless the test did
    for (const made of opened.splice(0)) await made.close();
    told.length = 0;
  });

  afterAll(async () => {
    await redis?.stop();
  });

  it('that hangs costs the first caller its deadline and the others nothing, and is used again soon after', async () => {
    const store = await open(hasty);
    await untilBack(store);
    told.length = 0;
    await redis.pause();
    const [first, elapsedMs] = await refused(store);
    expect(first.cause).toBeInstanceOf(NoAnswer);
    expect(elapsedMs).toBeGreaterThan(95);
    // Nobody asked: there is no cause.
    for (let call = 0; call < 100; call++) expect((await refused(store))[0].cause).toBeUndefined();
    await soon(2_500); // longer than the silence after which it is connected to again
    expect((await refused(store))[0].cause).toBeUndefined();
    expect(store.healthy()).toBe(false);
    await redis.unpause();
    expect(await untilBack(store)).toBeLessThan(BACK_MS);
    expect(told.slice(0, 2)).toEqual([expect.stringMatching(/^Redis connection lost: ./), 'Redis connection restored']);
  });

  it('that hung in the middle of a reservation charges it once, no matter who asks again', async () => {
    const [store, patient] = [await open(hasty), await open()];
    const limits = [sampleLimit('budget', { max: 2, periodMs: 86_400_000 })];
    const request = { tenant: 'shop', id: freshId(), limits };
    await untilBack(store);
    await store.counters.restore('shop', []);
    await redis.pause();
    await expect(store.counters.reserve(request)).rejects.toThrow(CountersUnavailable);
    await redis.unpause();
    await untilBack(patient);
    expect(await patient.counters.reserve(request)).toMatchObject({ ok: true, statuses: [{ remaining: 1 }] });
  });

  it('that is killed refuses at once, holds up no start, and is used again soon after', async () => {
    const store = await open();
    const full = { tenant: 'shop', limits: [sampleLimit('budget', { max: 1, periodMs: 86_400_000 })] };
    await store.counters.restore('shop', []);
    await store.counters.reserve({ ...full, id: freshId() });
    await redis.kill();
    expect((await refused(store))[1]).toBeLessThan(1_000); // its deadline is ten seconds
    const late = await open();
    await refused(late);
    expect(late.healthy()).toBe(false);
    await redis.resume();
    expect(await untilBack(store)).toBeLessThan(BACK_MS);
    expect(await untilBack(late)).toBeLessThan(BACK_MS);
    expect(late.healthy()).toBe(true);
    // It has forgotten everything; what was spent it must be told.
    await expect(store.counters.reserve({ ...full, id: freshId() })).rejects.toThrow(BudgetsUnknown);
  });

  it('that is wiped, or loses its scripts, counts again and goes on', async () => {
    const { counters } = await open();
    const full = { tenant: 'shop', limits: [sampleLimit('identical', { max: 1, periodMs: 3_600_000 })] };
    const id = freshId();
    await counters.reserve({ ...full, id });
    expect((await counters.reserve({ ...full, id: freshId() })).ok).toBe(false);
    await redis.cli('SCRIPT', 'FLUSH');
    expect((await counters.reserve({ ...full, id: freshId() })).ok).toBe(false);
    await redis.cli('FLUSHALL');
    await counters.settle('shop', id, 'refused');
    expect((await counters.reserve({ ...full, id: freshId() })).ok).toBe(true);
  });

  it('lets 100 of 500 callers at two gateways through a limit of 100', async () => {
    const stores = [await open(), await open()];
    const limits = [sampleLimit('rate', { max: 100, burst: 100, periodMs: 3_600_000 })];
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, at) =>
        stores[at % 2]?.counters.reserve({ tenant: 'shop', id: freshId(), limits }),
      ),
    );
    expect(answers.filter((answer) => answer?.ok)).toHaveLength(100);
  });

  it('gives another gateway the first answer, and lets it settle', async () => {
    const [one, other] = [await open(), await open()];
    const limits = [sampleLimit('concurrent', { max: 1, periodMs: 60_000 })];
    const request = { tenant: 'shop', id: freshId(), limits };
    const first = await one.counters.reserve(request);
    expect(await other.counters.reserve(request)).toEqual(first);
    await other.counters.settle('shop', request.id, 'refused');
    expect((await one.counters.reserve({ ...request, id: freshId() })).ok).toBe(true);
  });

  it('gives back by its own clock what nobody settles', async () => {
    const { counters } = await open({ leaseMs: 300 });
    const limits = [sampleLimit('budget', { max: 1, periodMs: 86_400_000 })];
    await counters.restore('shop', []);
    await counters.reserve({ tenant: 'shop', id: freshId(), limits });
    expect((await counters.reserve({ tenant: 'shop', id: freshId(), limits })).ok).toBe(false);
    await soon(310);
    expect((await counters.reserve({ tenant: 'shop', id: freshId(), limits })).ok).toBe(true);
  });

  it('allows after the time that it names, by its own clock', async () => {
    const { counters } = await open();
    const limits = [sampleLimit('rate', { max: 7, burst: 1, periodMs: 700 })];
    await counters.reserve({ tenant: 'shop', id: freshId(), limits });
    const refused = await counters.reserve({ tenant: 'shop', id: freshId(), limits });
    if (refused.ok || refused.retryMs === null) throw new Error('not refused');
    expect(refused.retryMs).toBeLessThanOrEqual(100);
    await soon(refused.retryMs + 1); // a timer of Node may be a millisecond early
    expect((await counters.reserve({ tenant: 'shop', id: freshId(), limits })).ok).toBe(true);
  });

  it('keeps tenants of nasty names apart, and whatever it keeps expires', async () => {
    await redis.cli('FLUSHALL');
    const { counters } = await open();
    const tenants = ['', 'shop', 'shop}', '{shop}', '}{', '{}', '%7b;', '*', '\ud800', '\ud801', 'a b"\n', 'ä😀'];
    const limits = (['rate', 'budget', 'concurrent', 'identical'] as const).map((kind): LimitCheck => {
      const periodMs = kind === 'identical' ? 9_000_000 : 3_600_000;
      return sampleLimit(kind, { max: 1, burst: 1, periodMs, id: `"${kind}" \\ %s ä`, key: 'k}\u0000' });
    });
    for (const tenant of tenants) {
      await counters.restore(tenant, []);
      const answer = await counters.reserve({ tenant, id: 'a/limits', limits });
      expect(answer).toMatchObject({ ok: true, statuses: limits.map(({ id }) => ({ id, remaining: 0 })) });
    }
    for (const [at, tenant] of tenants.entries()) {
      expect(await counters.reserve({ tenant, id: 'b/limits', limits })).toMatchObject({ ok: false, earlier: 'a' });
      await counters.settle(tenant, 'a/limits', (['allowed', 'refused', 'finished'] as const)[at % 3] ?? 'allowed');
    }
    const lua = `local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do
      if redis.call('PTTL', key) < 1 then return key end n = n + 1 end return 'all of ' .. n`;
    const said = await redis.cli('EVAL', lua, '0');
    expect(said).toMatch(/^all of \d\d+$/);
  });

  it('serves a user who may do no more than the counters need', async () => {
    const rights = [
      '~{sallyport:*',
      '+eval',
      '+evalsha',
      '+time',
      '+get',
      '+mget',
      '+set',
      '+del',
      '+pexpire',
      '+ping',
    ];
    const sets = ['+zadd', '+zrem', '+zcard', '+zrange', '+zrangebyscore', '+zremrangebyscore'];
    const connect = ['+hello', '+info', '+client', '+cluster|slots', '+cluster|info', '+readonly'];
    const user = ['SETUSER', 'counters', 'reset', 'on', '>secret', ...rights, ...sets, ...connect];
    expect(await redis.cli('ACL', ...user)).toBe('OK');
    const { counters } = await open({ username: 'counters', password: 'secret' });
    const limits = (['rate', 'budget', 'concurrent', 'identical'] as const).map((kind) => sampleLimit(kind));
    await counters.restore('shop', []);
    for (const outcome of ['allowed', 'refused', 'finished'] as const) {
      const id = freshId();
      expect((await counters.reserve({ tenant: 'shop', id, limits })).ok).toBe(true);
      await counters.settle('shop', id, outcome);
    }
    const wrong = await open({ username: 'counters', password: 'wrong' });
    await refused(wrong);
  });

  if (!cluster) return;
  it('finds all keys of a reservation in one slot', async () => {
    const client = createRedisClient({ nodes: [`${redis.host}:${redis.port}`], cluster, tls: false });
    await new Promise<void>((resolve) => client.once('ready', resolve));
    for (const tenant of ['shop', 'shop}', '{shop}', '}{', '{}', '', 'ä😀']) {
      const keys = keysOf(tenant);
      const all = [keys.open, keys.ticket('a/limits'), keys.counter('rate', '{x}y'), keys.counter('identical', '}')];
      const slots = await Promise.all(all.map((key) => client.cluster('KEYSLOT', key)));
      expect(new Set(slots).size).toBe(1);
    }
    client.disconnect();
  });
});
