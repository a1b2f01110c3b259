import type { Reservation } from '@sallyport/contracts';

interface Remembered {
  readonly key: string;
  readonly answer: Reservation;
  readonly expiresAt: number;
}

/** Keys that were dropped stay in the queue until there are this many of them. */
const COMPACT_AT = 1_024;

/**
 * The latest answers, first in first out. The queue stands beside the map because a map that is emptied from its front
 * keeps the holes, and looking for its first entry passes over them.
 */
export class RecentAnswers {
  readonly #max: number;
  readonly #byKey = new Map<string, Remembered>();
  readonly #queue: Remembered[] = [];
  #head = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): Reservation | undefined {
    return this.#byKey.get(key)?.answer;
  }

  /** Adds an answer under a key that has none. */
  add({ key, answer, expiresAt }: Remembered): void {
    const remembered = { key, answer, expiresAt };
    this.#byKey.set(key, remembered);
    this.#queue.push(remembered);
  }

  /** Drops what is over the bound or past its time, oldest first. */
  expire(monotonic: number): void {
    for (let oldest = this.#queue[this.#head]; oldest !== undefined; oldest = this.#queue[this.#head]) {
      if (oldest.expiresAt > monotonic && this.#byKey.size <= this.#max) break;
      this.#byKey.delete(oldest.key);
      this.#head++;
    }
    if (this.#head < COMPACT_AT || this.#head * 2 < this.#queue.length) return;
    this.#queue.splice(0, this.#head);
    this.#head = 0;
  }
}
