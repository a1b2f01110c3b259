import type { Counters, UsedIds } from '@sallyport/contracts';
import { createBreaker } from './breaker.ts';
import { createRedisClient, pingRedis, type RedisAddress, type RedisClient } from './redis-client.ts';
import { createRedisCounters } from './redis-counters.ts';
import { createRedisUsedIds } from './redis-used-ids.ts';

export interface RedisCountersConfig extends RedisAddress {
  /** Milliseconds after which an unsettled reservation is given back, and a settled one's answer forgotten. */
  readonly leaseMs?: number;
  /** Milliseconds after which an answer has not come, 100 unless given. Longer where the store is far or its machine busy. */
  readonly answerMs?: number;
  /** Told in a line when the connection is lost and when it is restored. */
  log?(message: string): void;
  /** Told how long each question about counters took, in milliseconds. */
  took?(ms: number): void;
}

export interface OpenRedisCounters {
  /** Throws `CountersUnavailable` while the store is away: at once, or after `answerMs` for those who find out first. */
  readonly counters: Counters;
  readonly usedIds: UsedIds;
  /** Says whether the store is connected and answers, as far as is known. Asks nobody. */
  healthy(): boolean;
  /** Ends the connection. What is under way fails. */
  close(): Promise<void>;
}

/** A start does not wait longer than this for the store, milliseconds. */
const START_MS = 500;
/** Milliseconds between two looks at a store that does not answer. */
const PROBE_MS = 100;

/**
 * Counters over one Redis server or a Redis Cluster. A store that is away is connected to when it comes; it must be Redis 7
 * or later, or a fork that speaks the same.
 *
 * @throws TypeError for an address that is none
 */
export async function openRedisCounters(config: RedisCountersConfig): Promise<OpenRedisCounters> {
  const { leaseMs = 30_000, answerMs = 100, log = () => undefined, took, ...address } = config;
  const client = createRedisClient(address);
  let lastError = 'no answer';
  client.on('error', (error: Error) => void (lastError = error.message));
  const breaker = createBreaker({
    probe: () => pingRedis(client, answerMs),
    everyMs: PROBE_MS,
    onChange: (isOpen) => (isOpen ? log(`Redis connection lost: ${lastError}`) : log('Redis connection restored')),
  });
  await started(client);
  return {
    counters: createRedisCounters({ client, breaker, leaseMs, answerMs, took }),
    usedIds: createRedisUsedIds({ client, breaker, answerMs }),
    healthy: () => client.status === 'ready' && !breaker.isOpen,
    async close() {
      breaker.close();
      client.disconnect();
    },
  };
}

/** Resolves when the store is connected, or when it has been waited for long enough. */
async function started(client: RedisClient): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, START_MS);
    client.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
