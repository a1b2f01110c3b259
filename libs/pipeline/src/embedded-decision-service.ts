import type { DecisionService, Envelope } from '@sallyport/contracts';
import type { Audit } from './audit.ts';
import { judge, type JudgeOptions, type BoundGuard } from './judge.ts';

/** The transport as function calls in one process: the guards judge, audit commits, then the call is released. */
export function createEmbeddedDecisionService(
  boundGuards: () => readonly BoundGuard[],
  audit: Audit,
  options?: JudgeOptions,
): DecisionService {
  return {
    async decide(envelope: Envelope) {
      return audit.release(await judge(boundGuards(), envelope, options));
    },
    expire: (envelope, reason) => audit.expire(envelope, reason),
  };
}
