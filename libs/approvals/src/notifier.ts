import { Backoff, thrownText } from '@sallyport/base';
import type { Clock } from '@sallyport/contracts';
import type { WaitingQuestion } from './approvals.ts';

export interface NotifierParts {
  /** Questions that wait now. */
  readonly waiting: () => readonly WaitingQuestion[];
  /** Tells people of one; rejects when that did not come through. */
  readonly send: (question: WaitingQuestion, signal: AbortSignal) => Promise<void>;
  /** Told of the first failure, and again after each success. */
  readonly failed: (why: string) => void;
  readonly clock: Clock;
}

/** Tells people of what waits for them. */
export interface Notifier {
  /** Starts what is due, and waits for none of it. */
  round(): void;
  /** Why the last attempt failed; null when it came through, or there was none. */
  problem(): string | null;
  stop(): void;
}

interface Attempts {
  readonly backoff: Backoff;
  /** Monotonic, milliseconds; null while one is under way, or after it came through. */
  nextAt: number | null;
}

/** Attempts under way at a time: a receiver that is slow must not gather more. */
const MOST = 4;

/**
 * Tells of every question that waits, until it came through or the question is closed. What waits is read from the record, so
 * that a process that starts again tells all of it: at least once, and with the same id.
 */
export function createNotifier({ waiting, send, failed, clock }: NotifierParts): Notifier {
  const known = new Map<string, Attempts>();
  const stopped = new AbortController();
  let underWay = 0;
  let problem: string | null = null;

  function start(question: WaitingQuestion, attempts: Attempts): void {
    attempts.nextAt = null;
    underWay += 1;
    const retry = (error: unknown): void => {
      if (stopped.signal.aborted) return;
      attempts.nextAt = clock.monotonic() + attempts.backoff.down();
      const why = thrownText(error);
      if (problem === null) failed(why);
      problem = why;
    };
    void send(question, stopped.signal)
      .then(() => void (problem = null), retry)
      .finally(() => (underWay -= 1));
  }

  return {
    problem: () => problem,
    stop: () => stopped.abort(),
    round() {
      const questions = waiting();
      const open = new Set(questions.map(({ event }) => event));
      for (const event of known.keys()) if (!open.has(event)) known.delete(event);
      const now = clock.monotonic();
      for (const question of questions) {
        const attempts = known.get(question.event) ?? { backoff: new Backoff(clock, { firstMs: 1_000 }), nextAt: now };
        known.set(question.event, attempts);
        if (underWay < MOST && attempts.nextAt !== null && attempts.nextAt <= now) start(question, attempts);
      }
    },
  };
}
