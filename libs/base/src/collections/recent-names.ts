import type { Clock } from '../time/clock.ts';

/** Names that were told within the last so many milliseconds; it holds no others. */
export class RecentNames {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #ms: number;
  /** Monotonic, by name; the one that was told longest ago is first. */
  readonly #at = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  add(name: string): void {
    this.#forget();
    this.#at.delete(name);
    this.#at.set(name, this.#clock.monotonic());
  }

  has(name: string): boolean {
    this.#forget();
    return this.#at.has(name);
  }

  get size(): number {
    return this.#at.size;
  }

  #forget(): void {
    const since = this.#clock.monotonic() - this.#ms;
    for (const [name, at] of this.#at) {
      if (at > since) return;
      this.#at.delete(name);
    }
  }
}
