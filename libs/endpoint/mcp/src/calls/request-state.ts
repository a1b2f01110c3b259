import type { Clock, Ids, JsonObject, Keys, Principal, CallAction, Target } from '@sallyport/contracts';
import { BoundedMap, canonical, isObject, sha256 } from '@sallyport/base';
import { createSeal } from '../protocol/seal.ts';
import { subjectKey } from '../protocol/sessions.ts';

/** The held call that a client's second try refers to. */
export interface HeldCall {
  readonly approval: string;
  readonly callId: string;
  /** How often its user may still be asked. */
  readonly questions: number;
}

/** What a client carries: its call is held for its own yes, waits for its answers to an upstream, or for its user to sign in. */
export type Carried =
  { readonly held: HeldCall } | { readonly suspended: JsonObject } | { readonly signingIn: { readonly tries: number } };

/** What a state is bound to: it opens for the same principal and exactly the same call alone. */
export interface CallBinding {
  readonly principal: Principal;
  readonly action: CallAction;
  readonly upstream: string;
  readonly target: Target;
  readonly arguments: JsonObject;
}

/** Seals what a client carries for us between two tries (MCP 2026-07-28, patterns/mrtr, `requestState`). */
export interface RequestStates {
  seal(carried: Carried, call: CallBinding): string;
  /** Null for a state that is not ours, was changed, is someone else's, another call's, too old, or was used. */
  open(state: string, call: CallBinding): Carried | null;
}

const DOMAIN = 'sallyport/request-state/v2';
const MAX_USED = 100_000;

/**
 * Those of held calls are used once per process; that an approval is used once over all processes is the approval's own doing.
 * That a call goes on once is the gateway's, and one that is not the right one may be followed by another. How long a state may
 * be, the bodies that clients may send say.
 *
 * @param lifetimeMs milliseconds that a state counts
 */
export function createRequestStates(
  { keys, clock, ids }: { readonly keys: Keys; readonly clock: Clock; readonly ids: Ids },
  lifetimeMs: number,
): RequestStates {
  const sealing = createSeal({ keys, ids }, DOMAIN, Infinity);
  const used = new BoundedMap<string, true>(MAX_USED);

  function seal(carried: Carried, call: CallBinding): string {
    const until = clock.now() + lifetimeMs;
    const { principal } = call;
    const content = JSON.parse(JSON.stringify(carried)) as JsonObject;
    return sealing.seal(principal.tenant, { ...content, until, who: subjectKey(principal), what: digestOf(call) });
  }

  function open(state: string, call: CallBinding): Carried | null {
    const content = sealing.open(call.principal.tenant, state);
    if (content === null || used.has(sha256(state)) || !isFor(content, call, clock.now())) return null;
    const carried = carriedIn(content);
    if (carried !== null && 'held' in carried) used.set(sha256(state), true);
    return carried;
  }

  return { seal, open };
}

function carriedIn({ held, suspended, signingIn }: JsonObject): Carried | null {
  if (isObject(signingIn)) return { signingIn: { tries: Number(signingIn['tries']) } };
  if (isObject(suspended)) return { suspended };
  if (!isObject(held)) return null;
  const { approval, callId, questions } = held;
  if (typeof approval !== 'string' || typeof callId !== 'string' || typeof questions !== 'number') return null;
  return { held: { approval, callId, questions } };
}

function isFor({ until, who, what }: JsonObject, call: CallBinding, now: number): boolean {
  if (typeof until !== 'number' || until < now) return false;
  return who === subjectKey(call.principal) && what === digestOf(call);
}

function digestOf({ action, upstream, target, arguments: args }: CallBinding): string {
  return sha256(canonical({ action, upstream, target: { ...target }, arguments: args }));
}
