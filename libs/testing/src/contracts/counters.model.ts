import { type LimitCheck, MOST_BUSY_MS } from '@sallyport/contracts';

/** A charge as the model remembers it: nothing is ever thrown away, everything is worked out again from the list. */
interface Charged {
  readonly id: string;
  readonly check: LimitCheck;
  readonly at: number;
  /** For a rate: when its bucket would have been full again. */
  readonly fullAt: number;
  givenBackAt: number;
  /** How many calls had been charged when it was given back: in one millisecond much can happen. */
  givenBackAfter: number;
  released: boolean;
}

export interface Expected {
  readonly fits: boolean;
  readonly retryMs: number | null;
  readonly remaining: number;
}

/** The limits by their definitions, in time that grows with everything that ever happened. Starts at 0. */
export class CountersModel {
  readonly #charges: Charged[] = [];
  readonly #openSince = new Map<string, number>();
  readonly #leaseMs: number;
  now = 0;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** What one more charge would meet. */
  judge(check: LimitCheck): Expected {
    const { max, cost, burst, periodMs } = check;
    if (check.kind === 'rate') {
      const tokens = this.#tokens(check);
      const waitMs = Math.ceil(((cost - tokens) * periodMs) / max - 1e-6);
      return {
        fits: waitMs <= 0,
        retryMs: cost > burst ? null : Math.max(waitMs, 0),
        remaining: Math.floor(tokens + 1e-6),
      };
    }
    const { used, endsAt } = this.#used(check);
    const fits = used + cost <= max;
    const waitMs = Math.min(endsAt - this.now, check.kind === 'concurrent' ? MOST_BUSY_MS : Infinity);
    return { fits, retryMs: fits ? 0 : cost > max ? null : waitMs, remaining: max - used };
  }

  charge(id: string, checks: readonly LimitCheck[]): void {
    for (const check of checks) {
      const debt = check.kind === 'rate' ? check.burst - this.#tokens(check) + check.cost : 0;
      const fullAt = this.now + (debt * check.periodMs) / check.max;
      this.#charges.push({
        id,
        check,
        at: this.now,
        fullAt,
        givenBackAt: Infinity,
        givenBackAfter: Infinity,
        released: false,
      });
    }
    this.#openSince.set(id, this.now);
  }

  settle(id: string, outcome: 'allowed' | 'refused' | 'finished'): void {
    if (outcome === 'refused') this.#giveBack(id);
    if (outcome !== 'allowed') for (const charged of this.#of(id)) charged.released = true;
    this.#openSince.delete(id);
  }

  /** Gives back every reservation that stayed unsettled for its lease. */
  expire(): void {
    for (const [id, since] of this.#openSince) {
      if (since + this.#leaseMs > this.now) continue;
      this.settle(id, 'refused');
    }
  }

  /** The latest call that counts towards an identical limit. */
  latest(check: LimitCheck): string | undefined {
    return this.#repeats(check).at(-1)?.id;
  }

  #of(id: string): Charged[] {
    return this.#charges.filter((charged) => charged.id === id);
  }

  #giveBack(id: string): void {
    if (!this.#openSince.has(id)) return;
    for (const charged of this.#of(id).filter(({ check }) => check.settle === 'use')) {
      charged.givenBackAt = this.now;
      charged.givenBackAfter = this.#charges.length;
    }
  }

  /** A token bucket, replayed: each charge takes, time brings, and what is given back is what time has not brought yet. */
  #tokens({ key, burst, max, periodMs }: LimitCheck): number {
    const step = periodMs / max;
    const moves = this.#charges
      .filter(({ check }) => check.key === key)
      .flatMap(({ at, fullAt, givenBackAt, check }) => [
        { at, tokens: -check.cost },
        { at: givenBackAt, tokens: Math.min(check.cost, Math.max(fullAt - givenBackAt, 0) / step) },
      ])
      .filter(({ at }) => at <= this.now)
      .sort((one, other) => one.at - other.at);
    let tokens = burst;
    let last = 0;
    for (const { at, tokens: moved } of [...moves, { at: this.now, tokens: 0 }]) {
      tokens = Math.min(burst, tokens + (at - last) / step) + moved;
      last = at;
    }
    return tokens;
  }

  #used(check: LimitCheck): { used: number; endsAt: number } {
    const { periodMs } = check;
    if (check.kind === 'budget') return this.#spent(check);
    if (check.kind === 'concurrent') {
      const running = this.#charges.filter(
        (charged) => charged.check.key === check.key && !charged.released && charged.at + periodMs > this.now,
      );
      return { used: running.length, endsAt: Math.min(...running.map(({ at }) => at + periodMs)) };
    }
    const repeats = this.#repeats(check);
    return { used: repeats.length, endsAt: this.#windowStart(check) + periodMs };
  }

  #spent({ key, periodMs }: LimitCheck): { used: number; endsAt: number } {
    const window = Math.floor(this.now / periodMs);
    const spent = this.#charges.filter(
      ({ check, at, givenBackAt }) =>
        check.key === key && Math.floor(at / periodMs) === window && givenBackAt === Infinity,
    );
    return { used: spent.reduce((sum, { check }) => sum + check.cost, 0), endsAt: (window + 1) * periodMs };
  }

  #repeats(check: LimitCheck): Charged[] {
    const start = this.#windowStart(check);
    return this.#charges
      .filter(
        ({ check: { key }, at, givenBackAt }) =>
          key === check.key && at >= start && at + check.periodMs > start && givenBackAt > this.now,
      )
      .filter(() => start + check.periodMs > this.now);
  }

  /** Goes through the calls: a call opens a window when the last is over, or when all in it were given back by then. */
  #windowStart({ key, periodMs }: LimitCheck): number {
    let start = -Infinity;
    let inside: Charged[] = [];
    for (const [order, charged] of this.#charges.entries()) {
      if (charged.check.key !== key) continue;
      const isOver = charged.at >= start + periodMs || inside.every(({ givenBackAfter }) => givenBackAfter <= order);
      if (isOver) [start, inside] = [charged.at, []];
      inside.push(charged);
    }
    return start;
  }
}
