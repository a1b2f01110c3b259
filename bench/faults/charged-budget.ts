import type { RedisUnderTest } from '@sallyport/testing';
import type { Deployment } from './deployment.ts';

/** What Redis holds of Sallyport's one budget, which every allowed call spends 1 of. */
export interface Charged {
  /** Calls that were charged. */
  readonly calls: number;
  /** Reservations that nothing has settled yet: they are charged, and are given back if nobody settles them. */
  readonly open: number;
}

/** A counter is a window's number and what was used in it; reservations that are open are in a sorted set. */
const script = `
local calls, open = 0, 0
for _, key in ipairs(redis.call('KEYS', '*}budget:*')) do
  local _, used = cmsgpack.unpack(redis.call('GET', key))
  calls = calls + used
end
for _, key in ipairs(redis.call('KEYS', '*}open')) do open = open + redis.call('ZCARD', key) end
return calls .. ' ' .. open`;

/** @throws Error where Redis does not answer */
async function readCharged(redis: Pick<RedisUnderTest, 'cli'>): Promise<Charged> {
  const answer = await redis.cli('EVAL', script, '0');
  const [calls, open] = answer.replaceAll('"', '').split(' ').map(Number);
  if (calls === undefined || open === undefined || Number.isNaN(calls + open)) throw new Error(`Redis says: ${answer}`);
  return { calls, open };
}

/**
 * The budget holds one for each allowed call, also of before Redis was lost, and for reservations that are neither kept nor
 * given back yet.
 */
export async function chargedOnce(sallyport: Deployment, fail: (what: string) => void): Promise<void> {
  const { calls, open } = await readCharged(sallyport.servers.redis);
  const { exact } = sallyport.counters;
  const expected = allowed(sallyport);
  if (calls > expected + open) fail(`limit charged twice: ${calls} charges, ${expected} allowed calls, ${open} open`);
  if (exact && calls < expected) fail(`limit not charged: ${calls} charges, ${expected} allowed calls, ${open} open`);
}

function allowed({ record }: Deployment): number {
  return [...record.calls.values()].filter(({ decision }) => decision === 'allow').length;
}
