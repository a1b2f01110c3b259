import type { Call, Config, LimitCheck } from '@sallyport/contracts';
import { pointerGet } from '@sallyport/base';
import { limitKey } from './limit-key.ts';
import type { BudgetLimitConfig, IdenticalLimitConfig, LimitConfig, RateLimitConfig } from './limits.config.ts';

/** Milliseconds of a budget's window. */
export const windows = { hour: 3_600_000, day: 86_400_000 } as const;
/** A lease outlives the longest call by this much, so that a slow end is not an early release. */
const LEASE_MARGIN_MS = 5_000;

/** What a limit takes of a call, or null where the call does not say how much it spends. */
export function checkOf(limit: LimitConfig, call: Call, { call_timeout }: Pick<Config, 'call_timeout'>) {
  const base = { id: limit.id, key: limitKey(limit, call), burst: 0, cost: 1 } as const;
  if ('rate' in limit) return { ...base, ...rateCheck(limit) };
  if ('budget' in limit) return budgetCheck(base, limit, call);
  if ('identical' in limit) return { ...base, ...identicalCheck(limit, call) };
  const periodMs = call_timeout + LEASE_MARGIN_MS;
  return { ...base, kind: 'concurrent', settle: 'use', max: limit.concurrent, periodMs } satisfies LimitCheck;
}

function rateCheck({ rate, burst, kind }: RateLimitConfig) {
  return { kind: 'rate', settle: kind, max: rate.count, periodMs: rate.periodMs, burst: burst ?? rate.count } as const;
}

/** Money never flows back: a cost that is negative, absent or no number is no cost that could be charged. */
function budgetCheck(
  base: Pick<LimitCheck, 'id' | 'key' | 'burst' | 'cost'>,
  { budget }: BudgetLimitConfig,
  call: Call,
) {
  const cost = budget.argument === undefined ? 1 : pointerGet(call.arguments, budget.argument);
  if (typeof cost !== 'number' || !Number.isFinite(cost) || cost < 0) return null;
  const periodMs = windows[budget.window];
  return { ...base, kind: 'budget', settle: 'use', max: budget.max, periodMs, cost } satisfies LimitCheck;
}

function identicalCheck({ id, per, identical }: IdenticalLimitConfig, call: Call) {
  const key = limitKey({ id, per }, call) + call.digest;
  return { key, kind: 'identical', settle: 'use', max: identical.count, periodMs: identical.periodMs } as const;
}
