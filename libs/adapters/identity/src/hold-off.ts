import type { Clock } from '@sallyport/contracts';

export interface HoldOffOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Milliseconds. */
  readonly retryMs: number;
}

/** Remembers a failure for a while, so that a flood of tokens is no flood of requests to an issuer that is down. */
export function holdOff<Asked extends readonly unknown[], Found>(
  ask: (...asked: Asked) => Promise<Found>,
  { clock, retryMs }: HoldOffOptions,
): (...asked: Asked) => Promise<Found> {
  let failed: { readonly at: number; readonly error: unknown } | null = null;
  return async function askUnlessFailed(...asked) {
    if (failed !== null && clock.monotonic() - failed.at < retryMs) throw failed.error;
    try {
      const found = await ask(...asked);
      failed = null;
      return found;
    } catch (error) {
      failed = { at: clock.monotonic(), error };
      throw error;
    }
  };
}
