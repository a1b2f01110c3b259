import type { BusHandler, BusMessage } from '@sallyport/contracts';

/** Who takes messages: its handler, and what it has taken and not finished. */
export class MemoryMember {
  running = true;
  readonly #handle: BusHandler;
  readonly #unfinished = new Map<BusMessage, Promise<void>>();

  constructor(handle: BusHandler) {
    this.#handle = handle;
  }

  /** Starts the work and does not wait for it. A handler that throws has finished too. */
  take(message: BusMessage): void {
    const work = this.#work(message).finally(() => this.#unfinished.delete(message));
    this.#unfinished.set(message, work);
  }

  async #work(message: BusMessage): Promise<void> {
    try {
      await this.#handle(message);
    } catch {
      // The contract forbids it; one bad message must not stop the partition.
    }
  }

  /** Lowest offset of a partition that was taken and is not finished. */
  lowest(partition: number): number | undefined {
    const offsets = [...this.#unfinished.keys()].filter((message) => message.partition === partition);
    return offsets.length === 0 ? undefined : Math.min(...offsets.map(({ offset }) => Number(offset)));
  }

  /** Resolves when all that was taken is finished. */
  async settled(): Promise<void> {
    await Promise.all(this.#unfinished.values());
  }
}
