import { jest } from '@jest/globals';
import { countersContract, countersModelContract, type CountersUnderTest, startRedis } from '@sallyport/testing';
import type { RedisUnderTest } from '@sallyport/testing';
import { createRedisClient, type RedisClient } from './redis-client.ts';
import { createRedisCounters } from './redis-counters.ts';

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
  return {
    counters: createRedisCounters({ client, breaker, leaseMs, answerMs: 10_000, nowUs }),
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
});
