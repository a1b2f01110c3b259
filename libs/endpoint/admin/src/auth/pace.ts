import { BoundedMap } from '@sallyport/base';

/** Whether somebody may make one more request now. */
export type Pace = (who: string) => boolean;

export interface PaceOptions {
  /** Requests a second, evenly spread. */
  readonly perSecond?: number;
  /** How many may come at once. */
  readonly burst?: number;
  /** Monotonic, milliseconds. */
  readonly now?: () => number;
  /** People remembered; beyond it those who have rested longest are forgotten first. */
  readonly maxPeople?: number;
}

/**
 * A leaky bucket for each person (GCRA). Reading values is recorded each time, and pages of the log are work, so without
 * it somebody with a valid token could load Sallyport through the admin API, where the limits of tool calls don't count.
 */
export function createPace({
  perSecond = 20,
  burst = 60,
  now = () => performance.now(),
  maxPeople = 10_000,
}: PaceOptions = {}): Pace {
  const interval = 1000 / perSecond;
  const nextAt = new BoundedMap<string, number>(maxPeople);

  return function mayAsk(who) {
    const at = now();
    const next = Math.max(nextAt.get(who) ?? 0, at);
    if (next - at > interval * (burst - 1)) return false;
    nextAt.set(who, next + interval);
    return true;
  };
}
