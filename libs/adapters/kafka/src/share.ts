import type { BusHandler, Subscription } from '@sallyport/contracts';
import { type Member, openConsumption } from './consumption.ts';
import type { BusLog } from './kafka-options.ts';
import { Progress } from './partition-progress.ts';

/** What a member needs to know of a group's places. */
export interface Place {
  readonly progress: Progress;
  /** Where to begin a partition in which the group has no place; undefined: at its commit. */
  readonly startOf: (partition: number) => bigint | undefined;
}

export interface ShareOptions {
  readonly topic: string;
  readonly handle: BusHandler;
  readonly log: BusLog;
  /** Where to begin, by partition, what the group has no place in. */
  readonly anchors: ReadonlyMap<number, bigint>;
  /** One above the last offset of every partition. */
  readonly ends: () => Promise<ReadonlyMap<number, bigint>>;
  readonly join: (place: Place, failed: (error: unknown) => void) => Promise<Member>;
}

/**
 * A consumption that a group shares: what is finished is committed, and the group's beginning is on record when this
 * resolves. A partition that comes back later is read on from its commit.
 *
 * @throws BusUnavailable if it has not begun in 30 s.
 */
export async function openShare({ topic, handle, log, anchors, ends, join }: ShareOptions): Promise<Subscription> {
  const progress = new Progress(handle);
  const unplaced = new Map(anchors);
  const startOf = (partition: number) => {
    const offset = unplaced.get(partition);
    if (offset !== undefined) progress.anchor({ partition, offset });
    return offset;
  };
  const joined = (failed: (error: unknown) => void) => join({ progress, startOf }, failed);
  const subscription = await openConsumption({ topic, progress, commits: true, log, join: joined });
  unplaced.clear();
  return {
    partitions: () => subscription.partitions(),
    lag: async () => progress.behind(await ends()),
    stop: () => subscription.stop(),
  };
}
