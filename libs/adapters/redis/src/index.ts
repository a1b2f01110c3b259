export { openRedisCounters, type OpenRedisCounters } from './open-redis-counters.ts';
