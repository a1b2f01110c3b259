import { jest } from '@jest/globals';
import { BudgetsUnknown, type Counters } from '@sallyport/contracts';
import {
  countersContract,
  countersModelContract,
  type CountersUnderTest,
  freshId,
  sampleLimit,
  startRedis,
  usedIdsContract,
} from '@sallyport/testing';
import type { RedisUnderTest } from '@sallyport/testing';
import { createRedisClient, type RedisClient } from './redis-client.ts';
import { createRedisCounters } from './redis-counters.ts';
import { createRedisUsedIds } from './redis-used-ids.ts';

// Containers start and hundreds of histories are replayed, perhaps on a busy machine.
jest.setTimeout(120_000);

const START_US = Date.UTC(2026, 10, 23, 9, 15, 2, 113) * 1_000;

/** Counters whose time stands still, over a store that is empty. */
async function underTest(client: RedisClient): Promise<CountersUnderTest> {
  await client.flushdb();
  let passedMs = 0;
  const leaseMs = 30_000;
  const nowUs = () => START_US + passedMs * 1_000;
  const breaker = { isOpen: false, trip: () => undefined };
  const counters = createRedisCounters({ client, breaker, leaseMs, answerMs: 10_000, nowUs });
  const told: Counters = {
    ...counters,
    async reserve(request) {
      await counters.restore(request.tenant, []);
      return counters.reserve(request);
    },
  };
  return {
    counters: told,
    lost: () => counters,
    nowMs: () => nowUs() / 1_000,
    advance: (ms) => void (passedMs += ms),
    untilWindow: (periodMs) => periodMs - ((nowUs() / 1_000) % periodMs),
    leaseMs,
  };
}

describe.each([{ cluster: false }, { cluster: true }])('over Redis, cluster: $cluster', ({ cluster }) => {
  let redis: RedisUnderTest;
  let client: RedisClient;

  beforeAll(async () => {
    redis = await startRedis({ cluster });
    client = createRedisClient({ nodes: [`${redis.host}:${redis.port}`], cluster, tls: false });
    await new Promise<void>((resolve) => client.once('ready', resolve));
  });

  afterAll(async () => {
    client?.disconnect();
    await redis?.stop();
  });

  countersContract('redis', () => underTest(client));
  countersModelContract('redis', () => underTest(client));
  usedIdsContract('redis', async () => ({
    usedIds: createRedisUsedIds({ client, breaker: { isOpen: false, trip: () => undefined }, answerMs: 10_000 }),
    advance: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 20)),
  }));

  describe('budgets of a store that was lost', () => {
    const money = sampleLimit('budget', { max: 3, periodMs: 86_400_000 });
    const tenant = 'shop';
    const open = () => {
      const breaker = { isOpen: false, trip: () => undefined };
      return createRedisCounters({ client, breaker, leaseMs: 30_000, answerMs: 10_000 });
    };
    const spend = async (counters: Counters, id = freshId()) =>
      (await counters.reserve({ tenant, id, limits: [money] })).ok;
    const spent = (amount: number) => [
      { key: money.key, periodMs: money.periodMs, window: Math.floor(Date.now() / money.periodMs), amount },
    ];

    it.each([
      ['emptied while it runs', () => redis.cli('FLUSHALL')],
      ['replaced by another server with an older copy', asOfAnotherServer],
    ])('%s: nothing passes before somebody tells what was spent', async (_, lose) => {
      await client.flushdb();
      const counters = open();
      await counters.restore(tenant, []);
      const early = freshId();
      expect(await spend(counters, early)).toBe(true);
      expect(await spend(counters)).toBe(true);
      await lose();
      await expect(spend(counters)).rejects.toThrow(BudgetsUnknown);
      await counters.restore(tenant, spent(2));
      // Charged before the loss and refused after it: it is not among what was spent, so nothing is given back.
      await counters.settle(tenant, early, 'refused');
      expect([await spend(counters), await spend(counters)]).toEqual([true, false]);
    });

    /** As after a restart from an older copy, or at a replica that took over: all keys are there, and the server is another. */
    async function asOfAnotherServer(): Promise<void> {
      const [name] = await client.keys('*budgets');
      const mark = (await client.get(String(name))) ?? '';
      await client.set(String(name), mark.replace(/^[0-9a-f]{4}/, 'ffff'), 'KEEPTTL');
    }

    it('is told nothing by who read the record for an earlier loss', async () => {
      await client.flushdb();
      const counters = open();
      const lossOf = () =>
        spend(counters).then(
          () => '',
          (error: BudgetsUnknown) => error.loss,
        );
      const [first, again] = [await lossOf(), await lossOf()];
      expect([typeof first, again]).toEqual(['string', first]);
      await client.flushdb();
      const second = await lossOf();
      expect(second).not.toBe(first);
      await counters.restore(tenant, spent(0), first);
      await expect(spend(counters)).rejects.toThrow(BudgetsUnknown);
      await counters.restore(tenant, spent(3), second);
      expect(await spend(counters)).toBe(false);
    });

    it('is told by several at once, and only the first counts', async () => {
      await client.flushdb();
      const [one, other] = [open(), open()];
      await Promise.all([one.restore(tenant, spent(2)), other.restore(tenant, spent(2))]);
      expect(await spend(one)).toBe(true);
      await other.restore(tenant, spent(0));
      expect(await spend(other)).toBe(false);
    });
  });
});
