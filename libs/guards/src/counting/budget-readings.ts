import { setTimeout as pauseFor } from 'node:timers/promises';
import type { Clock, Config, Counters, Directory, Journal } from '@sallyport/contracts';
import { RecentNames } from '@sallyport/base';
import { type BudgetLog, createBudgetLog } from './budget-log.ts';
import { limitsIn } from './limits.config.ts';

export interface BudgetReadingsParts {
  readonly counters: Counters;
  readonly journal: Pick<Journal, 'readAll'>;
  readonly directory: Pick<Directory, 'nameOf'>;
  readonly clock: Clock;
  /** The configuration that is in force; null before there is any. */
  readonly config: () => Config | null;
  /**
   * Milliseconds after which a call that was charged before the store was lost is decided and on record, or never will be; 0
   * where the counters are lost with the calls themselves.
   */
  readonly settledMs: number;
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** One tenant's record on its way into the counters. */
export interface Reading {
  readonly log: BudgetLog;
  /** Resolves when the counters know; rejects where the record or the counters can't be reached. */
  readonly done: Promise<void>;
  /** Monotonic, milliseconds: not before this; -Infinity where nothing is waited for. */
  until: number;
}

export interface BudgetReadings {
  /**
   * Starts to read, or joins who reads already: one for each tenant at a time.
   *
   * @param loss of the store, as it named it: what is read counts for no later one
   */
  read(tenant: string, loss: string | null): Reading;
  /** A budget of the tenant was charged now. */
  charged(tenant: string): void;
  readonly running: ReadonlyMap<string, Reading>;
}

/** A tenant that spent within this time may have calls under way that are not on record yet. */
const LATELY_MS = 60_000;

/** Brings what was spent by the record into counters that don't know it. */
export function createBudgetReadings(parts: BudgetReadingsParts): BudgetReadings {
  const { counters, clock, settledMs, pause = pauseFor } = parts;
  const running = new Map<string, Reading>();
  /** Tenants that had a budget charged here. */
  const charged = new RecentNames(clock, LATELY_MS);

  async function bring(tenant: string, reading: Reading, loss: string | null): Promise<void> {
    const began = clock.monotonic();
    const { log } = reading;
    await log.catchUp();
    if (mayBeUnderWay(tenant, log)) {
      reading.until = began + settledMs;
      await pause(Math.max(0, reading.until - clock.monotonic()));
      await log.catchUp();
    }
    await counters.restore(tenant, log.spent, loss);
  }

  /** What was charged before the loss may be allowed yet, and is on record only then. */
  function mayBeUnderWay(tenant: string, { spentAt }: BudgetLog): boolean {
    if (settledMs === 0) return false;
    return clock.now() - spentAt < LATELY_MS || charged.has(tenant);
  }

  return {
    read(tenant, loss) {
      const known = running.get(tenant);
      if (known !== undefined) return known;
      const config = parts.config();
      const log = createBudgetLog({
        ...parts,
        tenant,
        limits: config === null ? [] : limitsIn(config),
        now: clock.now(),
      });
      const reading: Reading = {
        log,
        until: -Infinity,
        done: Promise.resolve().then(() => bring(tenant, reading, loss)),
      };
      running.set(tenant, reading);
      const over = (): void => void running.delete(tenant);
      reading.done.then(over, over);
      return reading;
    },
    charged: (tenant) => charged.add(tenant),
    running,
  };
}
