import { LATE, within } from '@sallyport/base';

/** No answer came in time. */
export class NoAnswer extends Error {
  readonly code = 'no_answer';
}

/**
 * Waits for work no longer than `ms`.
 *
 * @throws NoAnswer, or what the work throws
 */
export async function inTime<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  const value = await within(work, ms);
  if (value === LATE) throw new NoAnswer(`no answer in ${ms} ms`);
  return value;
}
