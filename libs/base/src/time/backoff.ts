import type { Clock } from './clock.ts';

export interface BackoffOptions {
  readonly firstMs?: number;
  readonly maxMs?: number;
  /** After running for so long, the next failure counts as the first. */
  readonly healthyMs?: number;
}

/** Waiting times between starts: 250 ms, doubled up to 30 s, from the beginning again after 60 healthy seconds. */
export class Backoff {
  readonly #clock: Clock;
  readonly #options: Required<BackoffOptions>;
  #failures = 0;
  #upSince: number | null = null;

  constructor(clock: Clock, options: BackoffOptions = {}) {
    this.#clock = clock;
    this.#options = { firstMs: 250, maxMs: 30_000, healthyMs: 60_000, ...options };
  }

  /** The program is ready. */
  up(): void {
    this.#upSince = this.#clock.monotonic();
  }

  /** The program has ended; answers the milliseconds until it may be started again. */
  down(): number {
    const { firstMs, maxMs, healthyMs } = this.#options;
    if (this.#upSince !== null && this.#clock.monotonic() - this.#upSince >= healthyMs) this.#failures = 0;
    this.#upSince = null;
    const wait = Math.min(maxMs, firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return wait;
  }
}
