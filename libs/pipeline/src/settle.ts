import { setTimeout as pauseFor } from 'node:timers/promises';
import type { Counters, Decision, Envelope, Observer } from '@sallyport/contracts';
import type { GuardRole } from './decide.ts';

export interface SettleParts {
  readonly counters: Counters;
  readonly observer: Observer;
  readonly guards: readonly GuardRole[];
  /** Milliseconds between two tries; all of them are within the lease of a reservation. */
  readonly againMs?: readonly number[];
}

/** Keeps or gives back what a call was charged. Resolves after the first try; never rejects. */
export type Settle = (envelope: Envelope, decision: Decision) => Promise<void>;

const usualMs = [250, 500, 1_000, 2_000, 4_000, 8_000];

/**
 * Use limits are kept on allow and given back on deny or hold. A store that is away gives back by itself, which is right for
 * a refusal; of a call that was allowed it is told again, since what was spent would else be free to be spent once more.
 */
export function createSettle({ counters, observer, guards, againMs = usualMs }: SettleParts): Settle {
  /** The guards that charge counters. */
  const charging = guards.filter(({ station }) => station === 'rate-limit').map(({ id }) => id);

  async function keep(tenant: string, id: string): Promise<void> {
    for (const ms of againMs) {
      await pauseFor(ms, undefined, { ref: false });
      try {
        return await counters.settle(tenant, id, 'allowed');
      } catch {
        // Told once, when the first try failed.
      }
    }
    observer.incident('charge_lost', id);
  }

  return async function settle({ call, verdicts }, { effect }) {
    const outcome = effect === 'allow' ? 'allowed' : 'refused';
    const charged = charging.filter((id) => verdicts.some(({ guard }) => guard === id));
    await Promise.all(
      charged.map(async (guard) => {
        const id = `${call.callId}/${guard}`;
        try {
          await counters.settle(call.tenant, id, outcome);
        } catch (error) {
          observer.incident('counters_unavailable', String(error));
          if (effect === 'allow') void keep(call.tenant, id);
        }
      }),
    );
  };
}
