import { type Clock, type Config, perSecond } from '@sallyport/contracts';
import { type Refused, subjectOf } from './append-budget.ts';
import { createTokenBuckets } from './token-buckets.ts';

/** How often a subject may try in vain. Whoever is allowed what they ask for is never held up by it. */
export interface Attempts {
  /** Charges one attempt. Returns 0, or the milliseconds until there is room for it. */
  take(who: Refused): number;
  /** The attempt was allowed, so it does not count. */
  giveBack(who: Refused): void;
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
    take: (who) => buckets.take(subjectOf(who)),
    giveBack: (who) => buckets.giveBack(subjectOf(who)),
  };
}
