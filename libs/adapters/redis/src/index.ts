export { openRedisCounters, type OpenRedisCounters, type RedisCountersConfig } from './open-redis-counters.ts';
