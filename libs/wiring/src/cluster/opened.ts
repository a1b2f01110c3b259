import { closeAll } from './close-all.ts';

/** What a start has opened so far: let go of in the opposite order, at the end or where the start fails half-way. */
export class Opened {
  readonly #steps: (() => Promise<void>)[] = [];

  /** Remembers how to let go of something. */
  keep(close: () => void | Promise<void>): void {
    this.#steps.unshift(async () => close());
  }

  /** Lets go of everything, once. Never throws. */
  close(): Promise<void> {
    return closeAll(this.#steps.splice(0));
  }
}
