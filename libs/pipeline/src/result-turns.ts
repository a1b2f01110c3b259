import type { Call, Clock, Observer } from '@sallyport/contracts';
import { subjectOf } from './append-budget.ts';
import { createFairPlaces } from './fair-places.ts';

/** Results that may be sanitized within one round of the event loop, where each takes long. */
const turns = { total: 4, perTenant: 2, perSubject: 1 };
/** Milliseconds from which on it took long. */
const LONG_MS = 2;
/** The call has run: its result does not wait for ever. */
const MOST_MS = 30_000;

/** Sanitizes the result of a call in its turn. */
export type ResultTurns = <T>(call: Call, sanitize: () => T) => Promise<T>;

/**
 * Large results take tens of milliseconds each, and many can come at once. A subject's next one waits for the next round of the
 * event loop, so that others wait for one of them and not for all.
 */
export function createResultTurns(
  { monotonic }: Pick<Clock, 'monotonic'>,
  observer?: Pick<Observer, 'watched'>,
): ResultTurns {
  const places = createFairPlaces(turns);
  observer?.watched?.('results_waiting', () => places.waiting);

  return async function inTurn(call, sanitize) {
    const leave = await places.take({ tenant: call.tenant, subject: subjectOf(call) }, MOST_MS);
    const started = monotonic();
    try {
      return sanitize();
    } finally {
      if (monotonic() - started >= LONG_MS) setImmediate(() => leave?.());
      else leave?.();
    }
  };
}
