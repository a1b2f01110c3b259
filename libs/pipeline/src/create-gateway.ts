import {
  type Call,
  type CallRequest,
  type Gateway,
  type OtherGateways,
  type VoteAnswer,
  type VoteRequest,
  toolTarget,
} from '@sallyport/contracts';
import { createPlaces, derived } from '@sallyport/base';
import { callPath, type CallPathParts, type CallRules } from './call-path.ts';
import { runCall, continueCall } from './run-call.ts';
import { createInstructions, type InstructionsParts } from './instructions.ts';
import { createListing, createNames } from './listing.ts';
import { isSubscribable, offeredKinds } from './offered-kinds.ts';
import { createElsewhere } from './parked-elsewhere.ts';
import { createParking } from './parking.ts';
import { readRefusal } from './read-refusal.ts';
import { createCallFactory } from './call-factory.ts';

export interface GatewayParts extends Omit<CallPathParts, 'parking' | 'elsewhere' | 'subscriptions' | 'readRefusal'> {
  readonly approvals: { vote(request: VoteRequest): Promise<VoteAnswer> };
  readonly saidBy: InstructionsParts['saidBy'];
  /** Random per process start. */
  readonly boot: string;
  /** The other gateways, where there may be any. */
  readonly others?: OtherGateways | undefined;
  /** What is in force now; the same object until something else is. */
  readonly rules: () => CallRules;
}

/** The gateway: what the endpoints call. A reload replaces the rules for the calls that begin after it. */
export function createGateway(parts: GatewayParts): Gateway {
  const { catalog, saidBy, listed, approvals, attempts, refusals, rules } = parts;
  const createCall = createCallFactory({ ...parts, timeoutMs: () => rules().config.call_timeout });
  const parking = createParking(parts.clock);
  parts.observer.watched?.('parked_calls', () => parking.size);
  const own = {
    parking,
    elsewhere: createElsewhere({ ...parts, parking }),
    subscriptions: createPlaces(() => rules().config.floods.subscriptions),
    readRefusal: (request: CallRequest, call: Call): Promise<string | null> =>
      readRefusal(current().path, request, call),
  };
  const current = derived(rules, (inForce) => ({
    path: callPath({ ...parts, ...own }, inForce, createCall),
    instructions: createInstructions({ ...inForce, catalog, saidBy }),
    list: createListing({ ...inForce, catalog, listed, upstreams: inForce.config.upstreams }),
  }));
  return {
    call: (request, around) => runCall(current().path, request, around),
    continueCall: (request, suspended, responses, around) =>
      continueCall(current().path, { request, suspended, responses }, around),
    list: (principal, upstream, kind) => current().list(principal, upstream, kind),
    kinds: (upstream) => offeredKinds(rules().config.upstreams, upstream),
    subscribable: (upstream) => isSubscribable(rules().config.upstreams, parts.upstreams, upstream),
    instructions: (principal, upstream) => current().instructions(principal, upstream),
    definition: (upstream, tool) => catalog.find(upstream, toolTarget(tool))?.definition ?? null,
    named: createNames(catalog),
    settled: () => parking.settled(),
    vote: (request) => approvals.vote(request),
    attemptWait: (principal, bytes) => attempts.wait(principal, bytes),
    async refuse(principal, reason, bytes) {
      if (attempts.take(principal, bytes) > 0) refusals.count(principal, 'too_many_attempts');
      else await refusals.record(principal, reason, bytes);
    },
  };
}
