/** Thrown where a check would take too long; the code that began the check turns it into a refusal. */
export class TooMuchEffort extends Error {
  readonly code = 'too_much_effort';
}

/** What is left for the check that runs now. Checks are synchronous, so there is one at a time. */
let left = Number.POSITIVE_INFINITY;

/** Takes units of effort (about a thousand steps of a machine each) from the running check. @throws TooMuchEffort */
export function spend(units: number): void {
  left -= units;
  if (left < 0) throw new TooMuchEffort('too much effort');
}

/** Runs a check that may spend so much. Outside of it, effort is free. @throws TooMuchEffort */
export function within<T>(units: number, check: () => T): T {
  const outer = left;
  left = units;
  try {
    return check();
  } finally {
    left = outer;
  }
}
