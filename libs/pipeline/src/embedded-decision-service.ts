import { LATE, within } from '@sallyport/base';
import type { DecisionService, Envelope, Observer, Release } from '@sallyport/contracts';
import type { Audit } from './audit.ts';
import { type BoundGuard, judge } from './judge.ts';

export interface EmbeddedDecisionParts {
  readonly boundGuards: readonly BoundGuard[];
  readonly audit: Audit;
  readonly observer: Pick<Observer, 'incident' | 'measured'>;
  /** Milliseconds that a decision may take, 10,000 unless given. */
  readonly decisionTimeoutMs?: number;
}

/** Decides in one process: the guards judge, audit commits, then the call is released. */
export function createEmbeddedDecisionService(parts: EmbeddedDecisionParts): DecisionService {
  const { boundGuards, audit, observer, decisionTimeoutMs = 10_000 } = parts;

  function expire(envelope: Envelope): Release {
    audit.expire(envelope, 'timed_out').catch((error: unknown) => observer.incident('expire_failed', String(error)));
    const { callId, digest, gateway } = envelope.call;
    return { callId, digest, boot: gateway.boot, decision: timedOut, position: null };
  }

  return {
    async decide(envelope) {
      const deciding = judge(boundGuards, envelope, { observer }).then((judged) => audit.release(judged));
      const release = await within(deciding, decisionTimeoutMs);
      return release === LATE ? expire(envelope) : release;
    },
  };
}

const timedOut = {
  effect: 'deny',
  reason: 'timed_out',
  guard: 'gateway',
  advice: 'No decision came in time, so the call was refused. Try again later.',
} as const;
