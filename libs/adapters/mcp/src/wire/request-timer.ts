import type { Clock } from '@sallyport/contracts';

export interface RequestTime {
  /** Milliseconds from the start, or from the last progress. */
  readonly timeoutMs: number;
  /** Milliseconds in all, however much progress there is; `timeoutMs` if absent. */
  readonly limitMs?: number | undefined;
}

/** The time that one request may take, from when this is made: each sign of progress begins it again, until its limit. */
export class RequestTimer {
  readonly #timeoutMs: number;
  readonly #limitMs: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #endsAt: number;
  #idleAt: number;
  #idle: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;
  #end: ((why: string) => void) | null = null;

  constructor({ timeoutMs, limitMs = timeoutMs }: RequestTime, clock: Pick<Clock, 'monotonic'>) {
    this.#timeoutMs = timeoutMs;
    this.#limitMs = limitMs;
    this.#clock = clock;
    this.#idleAt = clock.monotonic() + timeoutMs;
    this.#endsAt = clock.monotonic() + limitMs;
  }

  /** What is left; never nothing, since the caller's signal tells the end. */
  left(): Required<RequestTime> {
    const now = this.#clock.monotonic();
    return { timeoutMs: Math.max(1, this.#idleAt - now), limitMs: Math.max(1, this.#endsAt - now) };
  }

  /** @param ended called once when the time is over, with what that was, for our log; not after `clear` */
  start(ended: (why: string) => void): void {
    this.#end = (why) => {
      this.clear();
      ended(why);
    };
    this.#rest();
    if (!this.#isRenewable()) return;
    this.#limit = setTimeout(this.#end, this.left().limitMs, `no answer within ${this.#limitMs} ms, with progress`);
  }

  /** The upstream has shown that it works on the request. */
  renew(): void {
    if (this.#end === null || !this.#isRenewable()) return;
    this.#idleAt = this.#clock.monotonic() + this.#timeoutMs;
    this.#rest();
  }

  clear(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#limit);
    this.#end = null;
  }

  #isRenewable(): boolean {
    return this.#limitMs > this.#timeoutMs;
  }

  #rest(): void {
    const what = this.#isRenewable() ? 'no answer and no progress' : 'no answer';
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end?.(`${what} within ${this.#timeoutMs} ms`), this.left().timeoutMs);
  }
}
