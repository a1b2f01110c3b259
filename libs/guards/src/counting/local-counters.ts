import type { Clock, LimitCheck } from '@sallyport/contracts';

/** How much of a limit is used, and when it is new again. */
interface Used {
  readonly amount: number;
  /** Wall clock, milliseconds. */
  readonly until: number;
}

const MOST_KEYS = 10_000;

/** What stands in for the counters while their store is away: this process's own count, all or nothing. */
export interface LocalCounters {
  /** Charges all checks or none. @returns the index of the check that refuses, or null when all were charged */
  take(tenant: string, checks: readonly LimitCheck[]): { readonly refusedBy: number; readonly retryMs: number } | null;
}

/**
 * Counts in fixed windows that begin with the first call (budgets: aligned to the epoch, as in the store). Nothing is given
 * back, since nobody settles here: stricter than the store for use limits and for calls in flight, which count as calls per
 * lease. With more keys than it can keep it refuses.
 */
export function createLocalCounters({ now }: Pick<Clock, 'now'>): LocalCounters {
  const kept = new Map<string, Used>();
  function usedOf(key: string, check: LimitCheck, at: number): Used {
    const used = kept.get(key);
    if (used !== undefined && used.until > at) return used;
    return { amount: 0, until: check.kind === 'budget' ? nextWindow(at, check.periodMs) : at + check.periodMs };
  }
  return {
    take(tenant, checks) {
      const at = now();
      if (kept.size + checks.length > MOST_KEYS) sweep(kept, at);
      const full = kept.size + checks.length > MOST_KEYS;
      const charged = checks.map((check) => {
        const key = JSON.stringify([tenant, check.key]);
        const { amount, until } = usedOf(key, check, at);
        return { key, fits: !full && amount + check.cost <= check.max, used: { amount: amount + check.cost, until } };
      });
      const refusedBy = charged.findIndex(({ fits }) => !fits);
      if (refusedBy >= 0) return { refusedBy, retryMs: (charged[refusedBy]?.used.until ?? at) - at };
      for (const { key, used } of charged) kept.set(key, used);
      return null;
    },
  };
}

function nextWindow(at: number, periodMs: number): number {
  return (Math.floor(at / periodMs) + 1) * periodMs;
}

function sweep(kept: Map<string, Used>, at: number): void {
  for (const [key, { until }] of kept) if (until <= at) kept.delete(key);
}
