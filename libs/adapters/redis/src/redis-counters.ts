import { randomUUID } from 'node:crypto';
import { BudgetsUnknown, type Counters, type LimitCheck, type Reservation } from '@sallyport/contracts';
import { type AskOptions, createAsk } from './ask-redis.ts';
import type { Breaker } from './breaker.ts';
import { keysOf } from './counter-keys.ts';
import type { RedisClient } from './redis-client.ts';

export interface RedisCountersOptions {
  readonly client: Pick<RedisClient, 'sallyportReserve' | 'sallyportRestore' | 'sallyportSettle'>;
  readonly breaker: Pick<Breaker, 'isOpen' | 'trip'>;
  /** Milliseconds after which an unsettled reservation is given back and a settled one's answer is forgotten. */
  readonly leaseMs: number;
  /** Milliseconds after which an answer has not come. */
  readonly answerMs: number;
  readonly took?: AskOptions['took'];
  /** For tests: microseconds of a time that stands still; without it the server's own. */
  readonly nowUs?: () => number;
}

/** What was spent of all budgets of a tenant may be many, and is told once: it may take longer than a call's limits. */
const RESTORE_MS = 10_000;

/** Limits in Redis, shared by all who ask it. Every operation is one script, one round trip, one slot. */
export function createRedisCounters({
  client,
  breaker,
  leaseMs,
  answerMs,
  took,
  nowUs,
}: RedisCountersOptions): Counters {
  const time = nowUs ?? (() => '');
  const asked = createAsk({ breaker, answerMs, took });

  return {
    async reserve({ tenant, id, limits }) {
      const keys = keysOf(tenant);
      const counters = limits.map(({ kind, key }) => keys.counter(kind, key));
      const ids = JSON.stringify(limits.map((limit) => limit.id));
      const args = [time(), leaseMs * 1_000, id, ids, ...limits.flatMap(argumentsOf)];
      const answer = await asked(() =>
        client.sallyportReserve(limits.length + 3, keys.open, keys.ticket(id), keys.budgets, ...counters, ...args),
      );
      if (answer.startsWith(UNKNOWN))
        throw new BudgetsUnknown('the counters’ store was lost, and with it what was spent of budgets', {
          loss: answer.slice(UNKNOWN.length),
        });
      return reservationOf(answer);
    },
    async settle(tenant, id, outcome) {
      const keys = keysOf(tenant);
      await asked(() => client.sallyportSettle(2, keys.open, keys.ticket(id), time(), outcome));
    },
    async restore(tenant, spent, loss) {
      const keys = keysOf(tenant);
      const counters = spent.map(({ key }) => keys.counter('budget', key));
      const args = [
        time(),
        randomUUID(),
        loss ?? '',
        ...spent.flatMap(({ periodMs, window, amount }) => [periodMs * 1_000, window, amount]),
      ];
      await asked(() => client.sallyportRestore(counters.length + 1, keys.budgets, ...counters, ...args), RESTORE_MS);
    },
  };
}

/** The script's answer where budgets wait for `restore`. */
const UNKNOWN = 'unknown';

function argumentsOf({ kind, settle, max, periodMs, burst, cost }: LimitCheck): (string | number)[] {
  return [kind, settle, max, periodMs * 1_000, burst, cost];
}

type Answer = [
  refusedBy: number,
  retryMs: number | null,
  earlier: string | null,
  ids: readonly string[],
  numbers: readonly number[],
];

/** Reads the script's answer. It is trusted: a client that could forge it in the store could set the counters too. */
function reservationOf(text: string): Reservation {
  const [refusedBy, retryMs, earlier, ids, numbers] = JSON.parse(text) as Answer;
  const statuses = ids.map((id, at) => ({ id, remaining: numbers[2 * at] ?? 0, resetMs: numbers[2 * at + 1] ?? 0 }));
  if (refusedBy < 0) return { ok: true, statuses };
  return { ok: false, refusedBy, retryMs, statuses, ...(earlier === null ? {} : { earlier }) };
}
