import { Backoff, BoundedMap } from '@sallyport/base';
import type { Clock } from '@sallyport/contracts';
import type { UpstreamLog } from '../bounded-log.ts';

interface Pause {
  readonly backoff: Backoff;
  /** Monotonic, milliseconds. */
  until: number;
}

/**
 * When a token that a server refuses is renewed again: a server that refuses each one would have one asked for with each call.
 * From a second after the last time, doubled up to a minute, and from the beginning after two minutes.
 */
export class RenewalPauses {
  readonly #clock: Clock;
  readonly #log: UpstreamLog;
  readonly #of: BoundedMap<string, Pause>;

  /** @param most owners of tokens that are remembered */
  constructor({ clock, log }: { readonly clock: Clock; readonly log: UpstreamLog }, most: number) {
    this.#clock = clock;
    this.#log = log;
    this.#of = new BoundedMap(most);
  }

  /** Whether the token of an owner, which is refused, was renewed too short a time ago: told, since the next calls fail. */
  holds(owner: string): boolean {
    const isHeld = this.#isPaused(owner);
    if (isHeld)
      this.#log('warn', 'the server refuses a token that was renewed just now: it is renewed again after a pause');
    return isHeld;
  }

  /** It was renewed, since it was refused. */
  begin(owner: string): void {
    if (this.#isPaused(owner)) return;
    const backoff =
      this.#of.get(owner)?.backoff ?? new Backoff(this.#clock, { firstMs: 1_000, maxMs: 60_000, healthyMs: 120_000 });
    this.#of.set(owner, { backoff, until: this.#clock.monotonic() + backoff.down() });
    backoff.up();
  }

  #isPaused(owner: string): boolean {
    return this.#clock.monotonic() < (this.#of.get(owner)?.until ?? -Infinity);
  }
}
