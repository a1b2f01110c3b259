import type { Reservation } from '@sallyport/contracts';
import type { Charge, Moment } from './counter-kind.ts';
import { RecentAnswers } from './recent-answers.ts';
import { SweptMap } from './swept-map.ts';

export interface MadeCharge {
  readonly settle: 'attempt' | 'use';
  readonly charge: Charge;
}

interface Entry {
  readonly answer: Reservation;
  readonly charges: readonly MadeCharge[];
  /** By the monotonic clock: given back then if it is still open, forgotten then if it is not. */
  readonly expiresAt: number;
  isOpen: boolean;
}

export interface BookOptions {
  readonly leaseMs: number;
  /** Settled and refused answers kept at most; the oldest go first, open reservations are never dropped. */
  readonly maxAnswers: number;
}

/** Who reserved what: the first answer of each id, and the charges that its settlement gives back or keeps. */
export class ReservationBook {
  readonly #leaseMs: number;
  readonly #open = new Map<string, Entry>();
  /** Calls that were allowed and hold a lease until they have finished. */
  readonly #running = new SweptMap<Entry>();
  readonly #answered: RecentAnswers;
  /** No open reservation ends before this, by the monotonic clock. */
  #firstEnd = Infinity;

  constructor({ leaseMs, maxAnswers }: BookOptions) {
    this.#leaseMs = leaseMs;
    this.#answered = new RecentAnswers(maxAnswers);
  }

  get size(): number {
    return this.#open.size + this.#running.size + this.#answered.size;
  }

  answerOf(key: string): Reservation | undefined {
    return (this.#open.get(key) ?? this.#running.get(key))?.answer ?? this.#answered.get(key);
  }

  enter(key: string, { answer, charges }: Pick<Entry, 'answer' | 'charges'>, { monotonic }: Moment): void {
    const entry = { answer, charges, expiresAt: monotonic + this.#leaseMs, isOpen: answer.ok };
    this.#running.sweep((held) => leasesEnd(held) <= monotonic && held.expiresAt <= monotonic);
    if (!answer.ok) return this.#answered.add({ key, ...entry });
    this.#firstEnd = Math.min(this.#firstEnd, entry.expiresAt);
    this.#open.set(key, entry);
  }

  settle(key: string, outcome: 'allowed' | 'refused' | 'finished', now: Moment): void {
    const entry = this.#open.get(key) ?? this.#running.get(key);
    if (!entry) return;
    if (outcome === 'refused' && entry.isOpen) giveBack(entry, now);
    entry.isOpen = false;
    this.#open.delete(key);
    if (outcome === 'allowed' && leasesEnd(entry) > now.monotonic) {
      this.#running.set(key, entry);
      return;
    }
    for (const { charge } of entry.charges) charge.lease?.release();
    this.#running.delete(key);
    this.#answered.add({ key, answer: entry.answer, expiresAt: entry.expiresAt });
  }

  /** Gives back what nobody settled in time, and forgets answers that nobody will ask for. */
  expire(now: Moment): void {
    if (this.#firstEnd <= now.monotonic) this.#expireOpen(now);
    this.#answered.expire(now.monotonic);
  }

  /** All are of one length, so the oldest end first. */
  #expireOpen(now: Moment): void {
    this.#firstEnd = Infinity;
    for (const [key, entry] of this.#open) {
      if (entry.expiresAt > now.monotonic) {
        this.#firstEnd = entry.expiresAt;
        return;
      }
      this.#open.delete(key);
      giveBack(entry, now);
    }
  }
}

/** When the last lease ends, -Infinity where there is none. */
function leasesEnd({ charges }: Entry): number {
  let latest = -Infinity;
  for (const { charge } of charges) if (charge.lease && charge.lease.endsAt > latest) latest = charge.lease.endsAt;
  return latest;
}

/** Attempts stay charged whatever is decided; leases go back with the uses. */
function giveBack({ charges }: Entry, now: Moment): void {
  for (const { settle, charge } of charges) {
    if (settle === 'use') charge.giveBack(now);
    else charge.lease?.release();
  }
}
