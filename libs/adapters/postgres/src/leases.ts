import type { Lease, Leases } from '@sallyport/contracts';
import type { Queries } from './queries.ts';

export interface LeaseParts {
  readonly queries: Queries;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** `bytes` random bytes as base64url. */
  readonly random: (bytes: number) => string;
}

const TOKEN_BYTES = 16;
/** Renewed this often within its time, so that two renewals may fail. */
const RENEWALS = 3;

/**
 * Leases in the database, whose clock alone decides whether one has run out. The holder counts from when it asked, so
 * that it lets go before anybody else can take over.
 */
export function postgresLeases(parts: LeaseParts): Leases & { readonly close: () => Promise<void> } {
  const held = new Set<HeldLease>();
  return {
    async take({ name, slots, holder, ttlMs }) {
      const token = parts.random(TOKEN_BYTES);
      const asked = parts.now();
      const values = [name, slots, holder, token, ttlMs];
      const slot = await parts.queries.text('take', 'SELECT sallyport.take_lease($1, $2, $3, $4, $5)', values);
      if (slot === null) return null;
      const lease = new HeldLease(parts, { name, slot: Number(slot), token, ttlMs, until: asked + ttlMs });
      held.add(lease);
      void lease.over.then(() => held.delete(lease));
      return lease;
    },
    async holders(name) {
      const text = 'SELECT holder FROM sallyport.leases WHERE name = $1 AND until > clock_timestamp() ORDER BY slot';
      return (await parts.queries.rows('holders', text, [name])).map(([holder]) => String(holder));
    },
    close: async () => void (await Promise.all([...held].map((lease) => lease.release()))),
  };
}

interface Held {
  readonly name: string;
  readonly slot: number;
  readonly token: string;
  readonly ttlMs: number;
  /** By the holder's own clock. */
  until: number;
}

class HeldLease implements Lease {
  readonly #parts: LeaseParts;
  readonly #held: Held;
  readonly #timer: NodeJS.Timeout;
  readonly #ended = Promise.withResolvers<void>();
  #lost = false;

  constructor(parts: LeaseParts, held: Held) {
    this.#parts = parts;
    this.#held = held;
    this.#timer = setInterval(() => void this.#renew(), held.ttlMs / RENEWALS);
    this.#timer.unref();
  }

  get slot(): number {
    return this.#held.slot;
  }

  /** Resolves when it is held no more. */
  get over(): Promise<void> {
    return this.#ended.promise;
  }

  held(): boolean {
    return !this.#lost && this.#parts.now() < this.#held.until;
  }

  async release(): Promise<void> {
    this.#end();
    const { name, slot, token } = this.#held;
    const text =
      'UPDATE sallyport.leases SET until = clock_timestamp() WHERE name = $1 AND slot = $2 AND token = $3 AND until > clock_timestamp()';
    await this.#parts.queries.rows('release', text, [name, slot, token]).catch(() => undefined); // it runs out by itself
  }

  async #renew(): Promise<void> {
    if (!this.held()) return this.#end();
    const { name, slot, token, ttlMs } = this.#held;
    const asked = this.#parts.now();
    const text = `UPDATE sallyport.leases SET until = clock_timestamp() + $4::integer * interval '1 millisecond'
      WHERE name = $1 AND slot = $2 AND token = $3 AND until > clock_timestamp() RETURNING slot`;
    try {
      const renewed = await this.#parts.queries.rows('renew', text, [name, slot, token, ttlMs]);
      if (renewed.length === 0) return this.#end();
      this.#held.until = asked + ttlMs;
    } catch {
      // Not reached: it stays held for the time that is left, and is asked for again.
    }
  }

  #end(): void {
    this.#lost = true;
    clearInterval(this.#timer);
    this.#ended.resolve();
  }
}
