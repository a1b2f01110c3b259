import { LATE, within } from '@sallyport/base';
import type { BudgetKeeper } from '@sallyport/guards';
import type { HealthCheck } from '@sallyport/service';
import type { Dependencies } from './dependencies.ts';

/** Milliseconds that a start waits for the record before it goes on without; calls that spend are refused meanwhile. */
const TIMEOUT_MS = 10_000;

/** Reads from the record what was spent of budgets, for every tenant that it knows. Goes on beside the first calls if it takes long. */
export async function restoreBudgets({ budgets, stores, observer, logger }: Dependencies): Promise<void> {
  const restored = stores.tenants
    .tenants()
    .then((tenants) => budgets.restoreAll(tenants))
    .catch((error: unknown) => observer.incident('budgets_not_read', String(error)));
  if ((await within(restored, TIMEOUT_MS)) === LATE)
    logger.warn(`calls that spend of a budget are refused for now: ${budgetsCheck(budgets).detail}`);
}

/** Not ready while it is being read what was spent of budgets. */
export function budgetsCheck(budgets: Pick<BudgetKeeper, 'reading'>): HealthCheck {
  const reading = budgets.reading();
  const detail = reading.map(({ tenant, events }) => `${tenant}: ${events} events`).join(', ');
  return {
    name: 'budgets',
    ok: reading.length === 0,
    detail: reading.length === 0 ? 'known' : `what was spent is being read from the record (${detail})`,
  };
}
