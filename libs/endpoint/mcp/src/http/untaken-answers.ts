import type { ServerResponse } from 'node:http';
import type { HttpConfig, Principal } from '@sallyport/contracts';
import { subjectKey } from '../protocol/sessions.ts';
import { createByteBudget } from './byte-budget.ts';
import type { Overload } from './overload.ts';

/** Answers that were written and that their clients have not taken yet: they stay in memory until then. */
export interface UntakenAnswers {
  /** Null where a further request may be served; else there are answers to be taken first. */
  admit(principal: Principal): Overload | null;
  /** Counts what waits of an answer that was just written, until it was taken or its connection is closed. */
  wrote(principal: Principal, response: ServerResponse): void;
}

/** Bytes that are not worth counting: nearly all answers have fewer. */
const SMALL = 65_536;
const SOON_MS = 1_000;

const settings = { own: 'http.answer_bytes_per_subject', all: 'http.answer_bytes' } as const;

export function createUntakenAnswers(
  caps: Pick<HttpConfig, 'answer_bytes' | 'answer_bytes_per_subject'>,
): UntakenAnswers {
  const budget = createByteBudget({ own: caps.answer_bytes_per_subject, all: caps.answer_bytes });

  return {
    admit(principal) {
      const full = budget.lacks(subjectKey(principal), 1);
      return full === null ? null : { setting: settings[full], waitMs: SOON_MS };
    },
    wrote(principal, response) {
      const bytes = response.destroyed ? 0 : response.writableLength;
      if (bytes < SMALL) return;
      const subject = subjectKey(principal);
      budget.count(subject, bytes);
      response.once('close', () => budget.count(subject, -bytes));
    },
  };
}
