import { setTimeout as pauseFor } from 'node:timers/promises';
import type { Call, Counters, Decision, Envelope, Guard, Observer } from '@sallyport/contracts';

/** What settling needs to know of a guard: under which name it reserves what. */
export type Reserving = Pick<Guard, 'id' | 'reserves'>;

export interface SettleParts {
  readonly counters: Counters;
  readonly observer: Observer;
  readonly guards: readonly Reserving[];
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
  const charging = guards.filter(({ reserves }) => reserves !== undefined).map(({ id }) => id);

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

/** Ends the leases of a call that has run. Never rejects. */
export type EndLeases = (call: Pick<Call, 'tenant' | 'callId'>) => Promise<void>;

/** Builds what ends leases, for the guards that hold some. */
export function createEndLeases({ counters, observer, guards }: SettleParts): EndLeases {
  const leasing = guards.filter(({ reserves }) => reserves === 'leases').map(({ id }) => id);
  return async function endLeases({ tenant, callId }) {
    try {
      await Promise.all(leasing.map((id) => counters.settle(tenant, `${callId}/${id}`, 'finished')));
    } catch (error) {
      observer.incident('counters_unavailable', String(error));
    }
  };
}
