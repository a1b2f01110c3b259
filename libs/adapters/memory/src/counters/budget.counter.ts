import type { LimitCheck, SpentBudget } from '@sallyport/contracts';
import { type Charge, type CounterKind, type Judged, type Moment, ROUNDING } from './counter-kind.ts';
import { SweptMap } from './swept-map.ts';

interface Window {
  readonly index: number;
  readonly endsAt: number;
  used: number;
}

/** Budgets can be told what was spent of them before this process began. */
export interface BudgetCounter extends CounterKind {
  tell(key: string, spent: Omit<SpentBudget, 'key'>): void;
}

/** A sum per window; windows are aligned to the epoch, so that a day is a UTC day. */
export function budgetCounter(): BudgetCounter {
  const windows = new SweptMap<Window>();

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
    tell: (key, { periodMs, window: index, amount }) =>
      windows.set(key, { index, endsAt: (index + 1) * periodMs, used: amount }),
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
