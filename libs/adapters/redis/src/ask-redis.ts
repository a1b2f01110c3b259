import { CountersUnavailable } from '@sallyport/contracts';
import { ReplyError } from 'ioredis';
import type { Breaker } from './breaker.ts';
import { inTime } from './deadline.ts';

export interface AskOptions {
  readonly breaker: Pick<Breaker, 'isOpen' | 'trip'>;
  /** Milliseconds after which an answer has not come. */
  readonly answerMs: number;
  /** Told how long each question took, in milliseconds. */
  readonly took?: ((ms: number) => void) | undefined;
}

/** Asks the store one thing, within `answerMs` unless it may take longer. */
export type Ask = <Answer>(ask: () => Promise<Answer>, ms?: number) => Promise<Answer>;

/**
 * Makes what asks the store. It throws CountersUnavailable where the store is away; what that answers to a wrong question is
 * an error like any.
 */
export function createAsk({ breaker, answerMs, took }: AskOptions): Ask {
  return async function asked(ask, ms = answerMs) {
    if (breaker.isOpen) throw new CountersUnavailable('the counters’ store did not answer a moment ago');
    const asked = performance.now();
    try {
      return await inTime(ms, ask());
    } catch (error) {
      if (isAnswer(error) && isOurFault(error)) throw error;
      if (!isAnswer(error)) breaker.trip();
      throw new CountersUnavailable('the counters’ store can’t be reached', { cause: error });
    } finally {
      took?.(performance.now() - asked);
    }
  };
}

function isAnswer(error: unknown): error is Error {
  return error instanceof ReplyError;
}

/** `ERR` and `WRONGTYPE` begin an error in what was asked; LOADING, READONLY, OOM and the like say that it can't be done now. */
function isOurFault({ message }: Error): boolean {
  return /^(ERR|WRONGTYPE) /.test(message);
}
