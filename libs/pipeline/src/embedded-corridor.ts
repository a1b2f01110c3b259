import type { Corridor, Envelope } from '@sallyport/contracts';
import type { Audit } from './audit.ts';
import { judge, type JudgeOptions, type Seat } from './judge.ts';

/** The corridor as function calls in one process: the guards judge, audit commits, then the call is released. */
export function createEmbeddedCorridor(seats: () => readonly Seat[], audit: Audit, options?: JudgeOptions): Corridor {
  return {
    async walk(envelope: Envelope) {
      return audit.release(await judge(seats(), envelope, options));
    },
    expire: (envelope, reason) => audit.expire(envelope, reason),
  };
}
