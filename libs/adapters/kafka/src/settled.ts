import type { TopicSpec } from '@sallyport/contracts';
import { inTime, pause, unavailable } from './deadline.ts';
import { TIMES } from './kafka-options.ts';

const PAUSE_MS = 200;

export interface Settling {
  /** Names the work in errors. */
  readonly what: string;
  /** Whether a failure may pass by itself. It sees what the library threw, not the port's error. */
  readonly passing: (cause: unknown) => boolean;
  /** Milliseconds after which such a failure is final. */
  readonly ms?: number;
}

/**
 * Asks until there is an answer: for some moments a new topic is unknown or has no leader, and a new broker knows no
 * groups, and no library waits for all of that.
 *
 * @throws BusUnavailable with the last failure as its cause: one that doesn't pass at once, another when the time is over
 */
export async function settled<Result>(
  { what, passing, ms = TIMES.settle }: Settling,
  ask: () => Promise<Result>,
): Promise<Result> {
  const deadline = performance.now() + ms;
  for (;;) {
    try {
      return await inTime(TIMES.rebalance, what, ask());
    } catch (error) {
      if (performance.now() >= deadline || !passing(unavailable(what, error).cause)) throw error;
      await pause(PAUSE_MS);
    }
  }
}

/** What a client library does about the partitions of one topic. */
export interface Growing {
  readonly passing: Settling['passing'];
  readonly count: () => Promise<number>;
  readonly grow: () => Promise<unknown>;
}

/**
 * Waits until a topic is known with all its partitions, and grows it where it has too few. Brokers learn of partitions
 * one after the other, and another program may grow the topic at the same time: what is seen then decides.
 *
 * @throws BusUnavailable with the reason why it couldn't be grown
 */
export async function ensurePartitions(spec: TopicSpec, { passing, count, grow }: Growing): Promise<void> {
  const made: Settling = { what: `make ${spec.topic}`, passing, ms: TIMES.make };
  if ((await settled(made, count)) >= spec.partitions) return;
  const failure: unknown = await settled(made, grow).then(
    () => undefined,
    (error: unknown) => error,
  );
  await settled({ ...made, passing: () => true, ms: TIMES.settle }, async () => {
    const seen = await count();
    if (seen < spec.partitions) throw failure ?? new Error(`${seen} of ${spec.partitions} partitions are seen`);
  });
}
