import { repeat } from '@sallyport/base';

/**
 * Catches up again and again.
 *
 * @param everyMs milliseconds between the end of a reading and the next
 * @param onIncident told once for each stretch of readings that fail
 * @returns how to stop
 */
export function follow(
  catchUp: () => Promise<void>,
  everyMs: number,
  onIncident: (error: unknown) => void,
): () => void {
  let stopped = false;
  let failing = false;

  async function read(): Promise<void> {
    try {
      await catchUp();
      failing = false;
    } catch (error) {
      if (!failing && !stopped) onIncident(error);
      failing = true;
    }
  }

  const stop = repeat(read, () => everyMs);
  return () => {
    stopped = true;
    stop();
  };
}
