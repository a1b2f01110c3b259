import type { Clock, Principal } from '@sallyport/contracts';
import { createFairPlaces, requestUnits } from '@sallyport/pipeline';
import { createByteBudget } from './byte-budget.ts';
import type { GatewayOptions } from '../endpoint-options.ts';
import type { Overload } from './overload.ts';
import { subjectKey } from '../protocol/sessions.ts';

/** What one body takes of what its subject, and all together, may. */
export interface BodyClaim {
  /** Asked with what is declared, and again as it grows: null where a body of that size may be sent. */
  admit(size: number): Overload | null;
  /** Counts bytes that are kept: null where there is room for them. */
  hold(bytes: number): Overload | null;
  /** Nothing is kept any more. */
  free(): void;
}

export interface RequestBodies {
  /** For one request, which is already counted as one. */
  claim(principal: Principal): BodyClaim;
  /**
   * Waits until a body of that size may be parsed.
   *
   * @returns to be called when that has been done, and what it says has begun
   */
  turn(principal: Principal, size: number): Promise<(() => void) | Overload>;
}

/** Bytes of a body that is read in any case. */
const SMALL = 4_096;
/** Bytes that are parsed without a turn: nearly all calls have fewer. */
const NO_TURN = 8_192;
/** Large bodies that may have their turn at a time. */
const turns = { total: 4, perTenant: 2, perSubject: 1 };
/** Times as long as it was parsed for a large body keeps its turn, so that one subject uses an eighth of a core. */
const REST = 7;
/** What there is no room for now may find some when the next bodies have arrived. */
const SOON_MS = 1_000;

const settings = { own: 'http.body_bytes_per_subject', all: 'http.body_bytes' } as const;

/** @param charge counts requests of a subject: 0, or the milliseconds that it has to wait */
export function createRequestBodies(
  { config, gateway, clock, observer }: Pick<GatewayOptions, 'config' | 'gateway' | 'clock' | 'observer'>,
  charge: (principal: Principal, requests: number) => number,
): RequestBodies {
  const { body_bytes: all, body_bytes_per_subject: own } = config.http;
  const budget = createByteBudget({ own, all });
  const places = createFairPlaces(turns);
  observer.watched?.('bodies_waiting', () => places.waiting);

  function claim(principal: Principal): BodyClaim {
    const subject = subjectKey(principal);
    let asked = 0;
    let held = 0;
    return {
      admit(size) {
        const units = size > SMALL ? requestUnits(size) : 0;
        if (units <= asked) return null;
        const spent = gateway.attemptWait(principal, size);
        if (spent > 0) return { setting: 'floods.attempts', waitMs: spent };
        const unpaid = units - Math.max(1, asked); // the request itself has paid for one
        asked = units;
        const waitMs = unpaid > 0 ? charge(principal, unpaid) : 0;
        return waitMs === 0 ? null : { setting: 'floods.requests', waitMs };
      },
      hold(bytes) {
        const full = budget.lacks(subject, bytes);
        if (full !== null) return { setting: settings[full], waitMs: SOON_MS };
        budget.count(subject, bytes);
        held += bytes;
        return null;
      },
      free() {
        budget.count(subject, -held);
        held = 0;
      },
    };
  }

  async function turn(principal: Principal, size: number): Promise<(() => void) | Overload> {
    if (size <= NO_TURN) return () => undefined;
    const owner = { tenant: principal.tenant, subject: subjectKey(principal) };
    const leave = await places.take(owner, config.http.request_within);
    if (leave === null) return { setting: 'http.request_within', waitMs: SOON_MS };
    const spent = gateway.attemptWait(principal, size); // by those before it, perhaps
    if (spent === 0) return restAfter(clock, leave);
    leave();
    return { setting: 'floods.attempts', waitMs: spent };
  }

  return { claim, turn };
}

/** Until the next round of the event loop, what has begun is still a part of it. */
function restAfter(clock: Pick<Clock, 'monotonic'>, leave: () => void): () => void {
  const started = clock.monotonic();
  return () => setImmediate(() => setTimeout(leave, REST * (clock.monotonic() - started)).unref());
}
