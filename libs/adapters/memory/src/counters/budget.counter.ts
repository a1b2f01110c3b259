import { BudgetsUnknown, type LimitCheck, type SpentBudget } from '@sallyport/contracts';
import { type Charge, type CounterKind, type Judged, type Moment, ROUNDING } from './counter-kind.ts';
import { SweptMap } from './swept-map.ts';

interface Window {
  readonly index: number;
  readonly endsAt: number;
  used: number;
}

/** Budgets can be told what was spent of them before this process began. */
export interface BudgetCounter extends CounterKind {
  /** @throws BudgetsUnknown where a limit is a budget and nobody told what was spent of the tenant's */
  mustBeKnown(tenant: string, limits: readonly LimitCheck[]): void;
  /** Does nothing where it is known. */
  restore(tenant: string, spent: readonly SpentBudget[], keyOf: (tenant: string, key: string) => string): void;
}

/**
 * A sum per window; windows are aligned to the epoch, so that a day is a UTC day.
 *
 * @param options.unspent whether nothing was spent before this process began
 */
export function budgetCounter({ unspent }: { readonly unspent: boolean }): BudgetCounter {
  const windows = new SweptMap<Window>();
  const known = new Set<string>();
  const isKnown = (tenant: string): boolean => unspent || known.has(tenant);

  /** A wall clock that is set back must not open a fresh window, so a later one that is known stays. */
  function windowOf(key: string, periodMs: number, wall: number): Window {
    const index = Math.floor(wall / periodMs);
    const held = windows.get(key);
    return held && held.index >= index ? held : { index, endsAt: (index + 1) * periodMs, used: 0 };
  }

  function judge(key: string, { id, max, periodMs, cost }: LimitCheck, { wall }: Moment): Judged {
    const { used, endsAt } = windowOf(key, periodMs, wall);
    const resetMs = Math.ceil(endsAt - wall);
    const fits = used + cost <= max + ROUNDING;
    return {
      fits,
      retryMs: retryOf({ fits, never: cost > max, resetMs }),
      charged: { id, remaining: rounded(max - used - cost), resetMs },
      uncharged: { id, remaining: rounded(max - used), resetMs },
    };
  }

  function charge(key: string, { periodMs, cost }: LimitCheck, { now }: { now: Moment }): Charge {
    const window = windowOf(key, periodMs, now.wall);
    window.used += cost;
    windows.set(key, window);
    return {
      giveBack() {
        window.used -= cost; // of a window that is over, this changes nothing any more
      },
    };
  }

  return {
    judge,
    charge,
    mustBeKnown(tenant, limits) {
      if (!isKnown(tenant) && limits.some(({ kind }) => kind === 'budget'))
        throw new BudgetsUnknown('nobody has told what was spent of the budgets');
    },
    restore(tenant, spent, keyOf) {
      if (isKnown(tenant)) return;
      known.add(tenant);
      for (const { key, periodMs, window: index, amount } of spent)
        windows.set(keyOf(tenant, key), { index, endsAt: (index + 1) * periodMs, used: amount });
    },
    sweep: ({ wall }) => windows.sweep(({ endsAt }) => endsAt <= wall),
    get size() {
      return windows.size;
    },
  };
}

function retryOf({ fits, never, resetMs }: { fits: boolean; never: boolean; resetMs: number }): number | null {
  if (fits) return 0;
  return never ? null : resetMs;
}

/** A sum of cents is not to be read as 0.30000000000000004. */
function rounded(amount: number): number {
  return Number(amount.toFixed(6));
}
