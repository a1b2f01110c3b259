import type { BusHandler, BusMessage } from '@sallyport/contracts';

/** What one subscription has taken of one partition. */
interface Taken {
  /** One above the highest offset taken. */
  next: bigint;
  /** Newest timestamp taken, in milliseconds. */
  newest: number;
  readonly unfinished: Set<bigint>;
  /** Whether it was taken from since it is this member's. */
  live: boolean;
  committed: bigint | undefined;
}

/** The next offset to give of a partition. */
export interface Position {
  readonly partition: number;
  readonly offset: bigint;
}

/**
 * What a subscription took, finished and committed. It outlives the consumer and its assignments: after an eager
 * rebalance every member is given again what it took since its last commit, and must not take it twice.
 */
export class Progress {
  readonly #handle: BusHandler;
  readonly #partitions = new Map<number, Taken>();
  readonly #works = new Set<Promise<void>>();
  #mine: readonly number[] = [];
  #open = true;

  constructor(handle: BusHandler) {
    this.#handle = handle;
  }

  /** Partitions that are this member's now. */
  get mine(): readonly number[] {
    return this.#mine;
  }

  /** A lost partition is committed by its new owner alone. */
  assign(partitions: readonly number[]): void {
    this.#mine = [...partitions].sort((a, b) => a - b);
    for (const [partition, taken] of this.#partitions) if (!partitions.includes(partition)) taken.live = false;
  }

  /** Takes nothing more. */
  shut(): void {
    this.#open = false;
    this.#mine = [];
  }

  /** Gives a message to the handler, unless it was taken before. Does not wait for the work. */
  take(message: BusMessage, timestamp: number): void {
    if (!this.#open || !this.#isNew(message, timestamp)) return;
    const work = this.#work(message);
    this.#works.add(work);
    void work.then(() => this.#works.delete(work));
  }

  /**
   * Below the highest offset taken is old, if it is not newer either: a topic that was deleted and made again begins
   * at 0, and its messages must not be taken for old ones for ever.
   */
  #isNew({ partition, offset }: BusMessage, timestamp: number): boolean {
    const taken = this.#partitions.get(partition) ?? this.#begin(partition, offset);
    if (offset < taken.next && timestamp <= taken.newest) return false;
    // What lies between was somebody else's: this member's older work does not hold back a commit.
    if (offset !== taken.next) taken.unfinished.clear();
    taken.next = offset + 1n;
    taken.newest = Math.max(taken.newest, timestamp);
    taken.live = true;
    taken.unfinished.add(offset);
    return true;
  }

  #begin(partition: number, next: bigint): Taken {
    const taken = { next, newest: -1, unfinished: new Set<bigint>(), live: false, committed: undefined };
    this.#partitions.set(partition, taken);
    return taken;
  }

  async #work(message: BusMessage): Promise<void> {
    try {
      await this.#handle(message);
    } catch {
      // The contract forbids it; one bad message must not stop the partition.
    }
    this.#partitions.get(message.partition)?.unfinished.delete(message.offset);
  }

  /** Where a partition begins that nobody has committed; `positions` has it from now on. */
  anchor({ partition, offset }: Position): void {
    const taken = this.#partitions.get(partition) ?? this.#begin(partition, offset);
    taken.live = true;
  }

  /** One above the highest offset taken, undefined if nothing was. */
  nextOf(partition: number): bigint | undefined {
    return this.#partitions.get(partition)?.next;
  }

  /**
   * Messages of this member's partitions that were not taken. A partition counts from the first message that was.
   *
   * @param ends one above the last offset, by partition
   */
  behind(ends: ReadonlyMap<number, bigint>): number {
    const lags = this.#mine.map((partition) => {
      const next = this.nextOf(partition);
      return next === undefined ? 0 : Number((ends.get(partition) ?? next) - next);
    });
    return lags.reduce((sum, lag) => sum + Math.max(0, lag), 0);
  }

  /** What is to be committed: up to the lowest unfinished, or all that was taken and will be finished here. */
  positions(upTo: 'finished' | 'taken', mine: readonly number[] = this.#mine): Position[] {
    return mine.flatMap((partition) => {
      const taken = this.#partitions.get(partition);
      if (!taken?.live) return [];
      const offset = upTo === 'taken' ? taken.next : lowest(taken);
      return offset === taken.committed ? [] : [{ partition, offset }];
    });
  }

  committed(positions: readonly Position[]): void {
    for (const { partition, offset } of positions) {
      const taken = this.#partitions.get(partition);
      if (taken) taken.committed = offset;
    }
  }

  /** Resolves when all that was taken is finished. */
  async settled(): Promise<void> {
    await Promise.all(this.#works);
  }
}

/** Offsets are taken in order, so the first that is left is the lowest. */
function lowest({ unfinished, next }: Taken): bigint {
  const [first] = unfinished;
  return first ?? next;
}
