import type { HealthCheck } from '@sallyport/service';

/** Whether a service can read or write the record now. */
export async function postgresCheck(postgres: { healthy(): Promise<boolean> }): Promise<HealthCheck> {
  const ok = await postgres.healthy();
  return { name: 'postgres', ok, detail: ok ? 'the record is there' : 'PostgreSQL does not answer' };
}

/** Redis may be away: then each limit does what it is configured to, so it keeps nobody from taking calls. */
export function redisCheck(redis: { healthy(): boolean }): HealthCheck {
  const detail = redis.healthy() ? 'counts' : 'does not answer: each limit does what `store_down` says';
  return { name: 'redis', ok: true, detail };
}
