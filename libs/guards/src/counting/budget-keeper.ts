import { within } from '@sallyport/base';
import { BudgetsUnknown, type Counters, type Observer, type Reservation } from '@sallyport/contracts';
import { type BudgetReadingsParts, createBudgetReadings } from './budget-readings.ts';

export interface BudgetKeeperParts extends BudgetReadingsParts {
  readonly observer: Pick<Observer, 'incident'>;
}

/** Counters whose budgets outlive their store. */
export interface BudgetKeeper {
  /** As they were given, but what they don't know of budgets is read from the record. */
  readonly counters: Counters;
  /** Reads what was spent of some tenants' budgets, before anybody asks. Rejects where the record can't be read. */
  restoreAll(tenants: readonly string[]): Promise<void>;
  /** What is being read now; empty where nothing is. */
  reading(): readonly { readonly tenant: string; readonly events: number }[];
}

/** A call waits so long for the record, and is refused then: milliseconds. */
const MOST_WAIT_MS = 1_000;

type Request = Parameters<Counters['reserve']>[0];

/** Wraps counters so that a store that was lost starts no budget from zero. */
export function createBudgetKeeper(parts: BudgetKeeperParts): BudgetKeeper {
  const { counters, clock, observer } = parts;
  const readings = createBudgetReadings(parts);

  async function afterReading(request: Request, { loss }: BudgetsUnknown): Promise<Reservation> {
    const reading = readings.read(request.tenant, loss);
    await within(reading.done, MOST_WAIT_MS).catch((error: unknown) =>
      observer.incident('budgets_not_read', String(error)),
    );
    try {
      return await counters.reserve(request);
    } catch (error) {
      if (!(error instanceof BudgetsUnknown)) throw error;
      const leftMs = reading.until - clock.monotonic();
      throw new BudgetsUnknown(error.message, {
        loss: error.loss,
        retryAfterMs: leftMs > 0 ? Math.ceil(leftMs) : null,
      });
    }
  }

  function reserve(request: Request): Reservation | Promise<Reservation> {
    if (!request.limits.some(({ kind }) => kind === 'budget')) return counters.reserve(request);
    const charged = (answer: Reservation): Reservation => {
      if (answer.ok) readings.charged(request.tenant);
      return answer;
    };
    const orRead = (error: unknown): Promise<Reservation> => {
      if (error instanceof BudgetsUnknown) return afterReading(request, error).then(charged);
      throw error;
    };
    try {
      const answer = counters.reserve(request);
      return answer instanceof Promise ? answer.then(charged, orRead) : charged(answer);
    } catch (error) {
      return orRead(error);
    }
  }

  return {
    counters: { ...counters, reserve },
    async restoreAll(tenants) {
      for (const tenant of tenants) await readings.read(tenant, null).done;
    },
    reading: () => [...readings.running].map(([tenant, { log }]) => ({ tenant, events: log.read })),
  };
}
