import type { Clock, Counters, LimitCheck, Reservation, SpentBudget } from '@sallyport/contracts';
import { budgetCounter } from './counters/budget.counter.ts';
import { concurrentCounter } from './counters/concurrent.counter.ts';
import type { CounterKind, Judged, Moment } from './counters/counter-kind.ts';
import { identicalCounter } from './counters/identical.counter.ts';
import { rateCounter } from './counters/rate.counter.ts';
import { type MadeCharge, ReservationBook } from './counters/reservation-book.ts';

export interface MemoryCountersOptions {
  readonly clock: Clock;
  /** Milliseconds after which an unsettled reservation is given back and a settled one's answer is forgotten. */
  readonly leaseMs?: number;
  /** Settled and refused answers that are remembered at most. */
  readonly maxAnswers?: number;
  /** False where budgets may have been spent before this process began: then they wait for `restore`. */
  readonly unspent?: boolean;
}

/** `Counters` that answer at once. */
export interface MemoryCounters extends Counters {
  reserve(request: Parameters<Counters['reserve']>[0]): Reservation;
  settle(tenant: string, id: string, outcome: 'allowed' | 'refused' | 'finished'): void;
  restore(tenant: string, spent: readonly SpentBudget[]): void;
  /** Keys and reservations held, for a metric. */
  readonly size: number;
}

/**
 * Limits in this process's memory: the same algorithm as the script of the shared store, over one clock. All or
 * nothing, constant time per limit, and memory that follows what is in use: there is no timer.
 */
export function createMemoryCounters({
  clock,
  leaseMs = 60_000,
  maxAnswers = 5_000,
  unspent = true,
}: MemoryCountersOptions): MemoryCounters {
  const identical = identicalCounter();
  const budgets = budgetCounter({ unspent });
  const kinds: { readonly [Kind in LimitCheck['kind']]: CounterKind } = {
    rate: rateCounter(),
    budget: budgets,
    concurrent: concurrentCounter(),
    identical,
  };
  const book = new ReservationBook({ leaseMs, maxAnswers });

  function moment(): Moment {
    const now = { wall: clock.now(), monotonic: clock.monotonic() };
    book.expire(now);
    return now;
  }

  function charge(limits: readonly LimitCheck[], keys: readonly string[], made: { now: Moment; id: string }) {
    return limits.map((check, at): MadeCharge => {
      return { settle: check.settle, charge: kinds[check.kind].charge(keys[at] ?? '', check, made) };
    });
  }

  function refusal(tenant: string, limits: readonly LimitCheck[], judged: readonly Judged[]): Reservation | undefined {
    const refusedBy = strictest(judged);
    const check = limits[refusedBy];
    if (!check) return undefined;
    const earlier = check.kind === 'identical' ? identical.latest(keyOf(tenant, check.key)) : undefined;
    return refusedAt(refusedBy, judged, earlier);
  }

  return {
    reserve({ tenant, id, limits }) {
      const now = moment();
      const entry = keyOf(tenant, id);
      const first = book.answerOf(entry);
      if (first) return first;
      budgets.mustBeKnown(tenant, limits);
      // Made once: the map that a key goes into hashes every new string again.
      const keys = limits.map(({ key }) => keyOf(tenant, key));
      const judged = limits.map((check, at) => kinds[check.kind].judge(keys[at] ?? '', check, now));
      const refused = refusal(tenant, limits, judged);
      const answer = refused ?? { ok: true, statuses: judged.map(({ charged }) => charged) };
      book.enter(entry, { answer, charges: refused ? [] : charge(limits, keys, { now, id }) }, now);
      for (const { kind } of limits) kinds[kind].sweep(now);
      return answer;
    },
    settle(tenant, id, outcome) {
      book.settle(keyOf(tenant, id), outcome, moment());
    },
    restore: (tenant, spent) => budgets.restore(tenant, spent, keyOf),
    get size() {
      return Object.values(kinds).reduce((sum, kind) => sum + kind.size, book.size);
    },
  };
}

function refusedAt(refusedBy: number, judged: readonly Judged[], earlier: string | undefined): Reservation {
  return {
    ok: false,
    refusedBy,
    retryMs: judged[refusedBy]?.retryMs ?? null,
    statuses: judged.map(({ uncharged }) => uncharged),
    ...(earlier === undefined ? {} : { earlier: callOf(earlier) }),
  };
}

/** A tenant can't be spelled so that its keys meet another's: the tenant's length stands first. */
function keyOf(tenant: string, key: string): string {
  return `${tenant.length}:${tenant}:${key}`;
}

/** `<callId>/<guard>` names its call. */
function callOf(id: string): string {
  const slash = id.indexOf('/');
  return slash < 0 ? id : id.slice(0, slash);
}

/** Index of the limit that keeps the caller waiting longest (never is longest), -1 if all fit. */
function strictest(judged: readonly Judged[]): number {
  let worst = -1;
  let worstMs = -1;
  for (const [index, { fits, retryMs }] of judged.entries()) {
    const waitMs = retryMs ?? Infinity;
    if (fits || waitMs <= worstMs) continue;
    worst = index;
    worstMs = waitMs;
  }
  return worst;
}
