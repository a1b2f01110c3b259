import type { Clock } from './clock.ts';

export interface Pauses {
  /** Milliseconds from the end of one run to the next, at least and at most. */
  readonly leastMs: number;
  readonly mostMs: number;
}

/** A run is followed by a pause of so many times its own length, so that it never takes most of our time. */
const RESTS = 4;

/**
 * Runs an act when it is asked for: at once after a rest, and however often it is asked for meanwhile, once more after
 * it. The caller is not trusted to ask seldom.
 *
 * @param act must not reject
 */
export function throttle(
  act: () => Promise<void>,
  { monotonic }: Pick<Clock, 'monotonic'>,
  { leastMs, mostMs }: Pauses,
): () => void {
  let resting = false;
  let asked = false;

  async function run(): Promise<void> {
    resting = true;
    asked = false;
    const began = monotonic();
    await act();
    setTimeout(rested, Math.min(mostMs, Math.max(leastMs, (monotonic() - began) * RESTS))).unref();
  }

  function rested(): void {
    resting = false;
    if (asked) void run();
  }

  return function ask() {
    asked = true;
    if (!resting) void run();
  };
}
