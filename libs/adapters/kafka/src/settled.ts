import type { TopicSpec } from '@sallyport/contracts';
import { pause, unavailable, within } from './deadline.ts';
import { TIMES } from './kafka-options.ts';

const SETTLE_MS = 200;

export interface Settling {
  /** Names the work in errors. */
  readonly what: string;
  /** Milliseconds to wait for each answer. */
  readonly ms: number;
  readonly attempts: number;
  /** Whether a failure may pass by itself; by default any may. */
  readonly passing?: (cause: unknown) => boolean;
}

/**
 * Asks until there is an answer: for some moments a new topic has no leader and a new broker no word on groups, and no
 * library waits for either.
 *
 * @throws BusUnavailable with the last failure as its cause.
 */
export async function settled<Result>(
  { what, ms, attempts, passing = () => true }: Settling,
  ask: () => Promise<Result>,
): Promise<Result> {
  for (let left = attempts; ; left--) {
    try {
      return await within(ms, what, ask());
    } catch (error) {
      if (left <= 1 || !passing(unavailable(what, error).cause)) throw error;
      await pause(SETTLE_MS);
    }
  }
}

/**
 * Waits until a topic that was just grown is seen with all its partitions: brokers learn it one after the other.
 *
 * @param count asks for the number of its partitions
 * @throws BusUnavailable if it is not seen in four seconds
 */
export async function untilGrown({ topic, partitions }: TopicSpec, count: () => Promise<number>): Promise<void> {
  await settled({ what: `grow ${topic}`, ms: TIMES.rebalance, attempts: 20 }, async () => {
    const seen = await count();
    if (seen < partitions) throw new Error(`${seen} of ${partitions} partitions are seen`);
  });
}
