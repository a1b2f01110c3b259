import { setTimeout as pauseFor } from 'node:timers/promises';
import {
  BudgetsUnknown,
  type Clock,
  type Counters,
  type Directory,
  type Journal,
  type LimitConfig,
  type Observer,
  type Reservation,
} from '@sallyport/contracts';
import { type BudgetLog, createBudgetLog } from './budget-log.ts';

export interface BudgetKeeperParts {
  readonly counters: Counters;
  readonly journal: Pick<Journal, 'readAll'>;
  readonly directory: Pick<Directory, 'nameOf'>;
  readonly clock: Clock;
  readonly observer: Pick<Observer, 'trouble'>;
  /** The limits that are in force. */
  readonly limits: () => readonly LimitConfig[];
  /**
   * Milliseconds after which a call that was charged before the store was lost is decided and on record, or never will be; 0
   * where the counters are lost with the calls themselves.
   */
  readonly settledMs: number;
  readonly pause?: (ms: number) => Promise<unknown>;
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
/** Whoever spent within this time may have calls under way that are not on record yet. */
const LATELY_MS = 60_000;

type Request = Parameters<Counters['reserve']>[0];

interface Reading {
  readonly log: BudgetLog;
  readonly done: Promise<void>;
  /** Monotonic, milliseconds: not before this; -Infinity where nothing is waited for. */
  until: number;
}

/** Wraps counters so that a store that was lost starts no budget from zero. */
export function createBudgetKeeper(parts: BudgetKeeperParts): BudgetKeeper {
  const { counters, clock, settledMs, pause = pauseFor, observer } = parts;
  const readings = new Map<string, Reading>();
  /** Monotonic, by tenant: when a budget was charged here last. */
  const chargedAt = new Map<string, number>();

  /** One for each tenant at a time. */
  function restore(tenant: string): Reading {
    const running = readings.get(tenant);
    if (running !== undefined) return running;
    const log = createBudgetLog({ ...parts, tenant, limits: parts.limits(), now: clock.now() });
    const reading: Reading = { log, until: -Infinity, done: Promise.resolve().then(() => read(tenant, reading)) };
    readings.set(tenant, reading);
    reading.done.then(() => readings.delete(tenant)).catch(() => readings.delete(tenant));
    return reading;
  }

  async function read(tenant: string, reading: Reading): Promise<void> {
    const began = clock.monotonic();
    const { log } = reading;
    await log.catchUp();
    if (mayBeUnderWay(tenant, log)) {
      reading.until = began + settledMs;
      await pause(Math.max(0, reading.until - clock.monotonic()));
      await log.catchUp();
    }
    await counters.restore(tenant, log.spent);
  }

  /** What was charged before the loss may be allowed yet, and is on record only then. */
  function mayBeUnderWay(tenant: string, { spentAt }: BudgetLog): boolean {
    if (settledMs === 0) return false;
    return clock.now() - spentAt < LATELY_MS || clock.monotonic() - (chargedAt.get(tenant) ?? -Infinity) < LATELY_MS;
  }

  async function afterReading(request: Request): Promise<Reservation> {
    const reading = restore(request.tenant);
    const late = new AbortController();
    try {
      await Promise.race([reading.done, pauseFor(MOST_WAIT_MS, undefined, { signal: late.signal })]);
    } catch (error) {
      observer.trouble('budgets_not_read', String(error));
    } finally {
      late.abort();
    }
    try {
      return await counters.reserve(request);
    } catch (error) {
      if (!(error instanceof BudgetsUnknown)) throw error;
      const leftMs = reading.until - clock.monotonic();
      throw new BudgetsUnknown(error.message, { retryAfterMs: leftMs > 0 ? Math.ceil(leftMs) : null });
    }
  }

  function reserve(request: Request): Reservation | Promise<Reservation> {
    if (!request.limits.some(({ kind }) => kind === 'budget')) return counters.reserve(request);
    const charged = (answer: Reservation): Reservation => {
      if (answer.ok) chargedAt.set(request.tenant, clock.monotonic());
      return answer;
    };
    const orRead = (error: unknown): Promise<Reservation> => {
      if (error instanceof BudgetsUnknown) return afterReading(request).then(charged);
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
      for (const tenant of tenants) await restore(tenant).done;
    },
    reading: () => [...readings].map(([tenant, { log }]) => ({ tenant, events: log.read })),
  };
}
