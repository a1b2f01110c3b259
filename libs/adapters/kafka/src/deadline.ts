import { LATE, thrownText, within } from '@sallyport/base';
import { BusUnavailable } from '@sallyport/contracts';

/** Thrown when the time is over; the work may still succeed. */
export class Late extends BusUnavailable {}

/**
 * What the work gives, if it gives it in time. Late results and failures are dropped.
 *
 * @param ms Milliseconds to wait.
 * @param what Names the work in the error.
 * @throws Late when the time is over.
 * @throws BusUnavailable when the work failed; the failure is its cause.
 */
export async function inTime<Result>(ms: number, what: string, work: Promise<Result>): Promise<Result> {
  try {
    const result = await within(work, ms);
    if (result === LATE) throw new Late(`${what}: no answer in ${ms} ms`);
    return result;
  } catch (error) {
    throw unavailable(what, error);
  }
}

/** Whatever a client library throws, as the port's error. */
export function unavailable(what: string, error: unknown): BusUnavailable {
  if (error instanceof BusUnavailable) return error;
  const message = thrownText(error);
  return new BusUnavailable(`${what}: ${message}`, { cause: error });
}

/** Resolves after so many milliseconds. By the global timer, which tests can replace. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
