import type { Principal } from '@sallyport/contracts';
import { subjectKey } from '../protocol/sessions.ts';

/** Requests whose connection was lost and that run on all the same. */
export interface LostCalls {
  /** A function that says that it has ended; null where too many of this subject run on already. */
  runOn(principal: Principal): (() => void) | null;
}

/** So that a caller that drops connections can't have more run than one that keeps them. */
const PER_SUBJECT = 16;

/** Each ends by the time-out of its upstream, and nobody is asked anything for it. */
export function createLostCalls(perSubject = PER_SUBJECT): LostCalls {
  const counts = new Map<string, number>();

  function runOn(principal: Principal): (() => void) | null {
    const key = subjectKey(principal);
    const count = counts.get(key) ?? 0;
    if (count >= perSubject) return null;
    counts.set(key, count + 1);
    return function ended() {
      const left = (counts.get(key) ?? 1) - 1;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
    };
  }

  return { runOn };
}
