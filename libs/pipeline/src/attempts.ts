import { type Clock, type Config, perSecond } from '@sallyport/contracts';
import { createTokenBuckets } from '@sallyport/base';
import { type Refused, subjectOf } from './append-budget.ts';

/** How often a subject may try in vain. A subject whose requests are allowed is never held up by it. */
export interface Attempts {
  /** Charges one attempt with a request of that size. Returns 0, or the milliseconds until there is room for it. */
  take(who: Refused, bytes: number): number;
  /** What `take` would return. Charges nothing. */
  wait(who: Refused, bytes: number): number;
  /** The attempt was allowed, so it does not count. */
  giveBack(who: Refused, bytes: number): void;
}

/** Bytes of a request that are read at the price of one; arguments that are larger are refused anyway. */
const REQUEST_UNIT = 65_536;

/** As how many requests one of that size counts. */
export function requestUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / REQUEST_UNIT));
}

/**
 * Attempts in this process's memory: nothing is asked and nothing is written before they are charged.
 *
 * @param size `floods.attempts` as configured now
 */
export function createAttempts(clock: Pick<Clock, 'monotonic'>, size: () => Config['floods']['attempts']): Attempts {
  const buckets = createTokenBuckets(clock, () => {
    const { rate, burst } = size();
    return { rate: perSecond(rate), burst };
  });
  return {
    take: (who, bytes) => buckets.take(subjectOf(who), requestUnits(bytes)),
    wait: (who, bytes) => buckets.wait(subjectOf(who), requestUnits(bytes)),
    giveBack: (who, bytes) => buckets.giveBack(subjectOf(who), requestUnits(bytes)),
  };
}
