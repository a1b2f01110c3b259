import {
  type Answer,
  type Call,
  type CallRequest,
  type ClientContext,
  type Clock,
  type DecisionMeta,
  type DecisionService,
  type Envelope,
  type Ids,
  isEnforcedDeny,
  type JsonObject,
  type Keys,
  type Observer,
  type Outcome,
  readSuspendedCall,
  type Sanitize,
  type SanitizeContext,
  type Upstream,
} from '@sallyport/contracts';
import type { Places } from '@sallyport/base';
import { subjectOf } from './append-budget.ts';
import type { Attempts } from './attempts.ts';
import type { Received } from './call-factory.ts';
import type { AskingCall, ClientRequests } from './client-requests/client-requests.ts';
import type { Gatherer } from './fact-gatherer.ts';
import { factsDigest } from './facts-digest.ts';
import { failureReason } from './failure-reason.ts';
import { missingCapabilities } from './missing-capabilities.ts';
import type { OutcomeRecorder } from './outcome-recorder.ts';
import type { Elsewhere } from './parked-elsewhere.ts';
import type { Parking, Told } from './parking.ts';
import type { RefusedRequests } from './refused-requests.ts';
import type { ResultTurns } from './result-turns.ts';
import { resultAnswer, upstreamError } from './upstream-error.ts';
import { failed, notThere, notRun, ranUnrecorded, refused } from './refusals.ts';
import { sanitizing } from './sanitizing.ts';
import { resume, send, type Sending, type Sent, suspendedCall, TOO_LATE } from './send-call.ts';
import type { EndLeases } from './settle.ts';
import { argumentsDigest } from './signing-input.ts';

export interface CallParts {
  /** Creates the call, or the one that was `received` before, and its unjudged envelope with the facts that need no upstream. */
  readonly open: (request: CallRequest, received?: Received) => Envelope;
  /** Asked before anything else. */
  readonly attempts: Attempts;
  readonly refusals: Pick<RefusedRequests, 'count'>;
  readonly parking: Parking;
  /** Those of other gateways. */
  readonly elsewhere: Elsewhere;
  /** How many resources one subject may be subscribed to. */
  readonly subscriptions: Places;
  /** Why the subject of a subscription may not read its resource now, for the client; null where they may. */
  readonly readRefusal: (request: CallRequest, call: Call) => Promise<string | null>;
  readonly ids: Pick<Ids, 'ulid'>;
  /** Asks the guards that judge at the gateway, before any lookup is made. */
  readonly judgeAtGateway: (envelope: Envelope) => Promise<Envelope>;
  readonly facts: Gatherer;
  readonly decisions: DecisionService;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly sanitize: Sanitize;
  readonly inTurn: ResultTurns;
  /** Guards what the upstream asks of the client while the call runs. */
  readonly clientRequests: (asking: AskingCall) => ClientRequests;
  /** Whether the upstream of a call may ask the client anything. */
  readonly mayAskClient: (call: Call) => boolean;
  /** Of the addresses that an error wants the user to open first, those that its upstream was granted. */
  readonly elicitations: (call: Call, outcome: Extract<Outcome, { kind: 'error' }>) => readonly JsonObject[];
  readonly outcomes: OutcomeRecorder;
  readonly endLeases: EndLeases;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly contextOf: (call: Call) => SanitizeContext;
  readonly timeoutMs: (call: Call) => number;
}

/**
 * The whole life of one call, top to bottom. Nothing reaches the upstream before its decision is on record, and
 * nothing reaches the client before its outcome is.
 */
export async function runCall(parts: CallParts, request: CallRequest, around: ClientContext): Promise<Answer> {
  const { listener } = around;
  if (listener === undefined) return judgeAndSend(parts, request, around);
  const giveBack = parts.subscriptions.take(subjectOf(request.principal));
  if (giveBack === null) return tooManySubscriptions(parts, request);
  listener.signal.addEventListener('abort', giveBack, { once: true });
  const answer = await judgeAndSend(parts, request, around);
  if (answer.kind !== 'result' || listener.signal.aborted) giveBack();
  return answer;
}

async function judgeAndSend(parts: CallParts, request: CallRequest, around: ClientContext): Promise<Answer> {
  const started = parts.clock.monotonic();
  const wait = parts.attempts.take(request.principal, request.bytes);
  if (wait > 0) return tooManyAttempts(parts, request, wait);
  const envelope = await withFacts(parts, await parts.judgeAtGateway(parts.open(request)));
  const release = await parts.decisions.decide(envelope); // guards judge, audit commits, then answers; no answer is a refusal
  const { call } = envelope;
  parts.observer.decided(call, release.decision, since(parts.clock, started));
  if (release.decision.effect !== 'allow') return refused(call, release.decision);
  parts.attempts.giveBack(request.principal, request.bytes);

  const sending = { call, request, around, started, leftMs: call.deadline - call.receivedAt };
  if (around.comesBack !== true || !parts.mayAskClient(call) || Object.keys(request.capabilities ?? {}).length === 0)
    return conclude(parts, sending, await send(parts, sending, release)); // sends once, never throws
  const parked = parts.parking.open(call, around);
  const waiting = { ...sending, around: parked.around, park: () => parked.park() };
  const end = send(parts, waiting, release).then((sent) => conclude(parts, waiting, sent));
  return told(parts, call, await parked.answer(end));
}

/** The end of a call, or what its client is to answer first, since its upstream waits for it here. */
function told(parts: CallParts, call: Call, answer: Answer | Told): Answer {
  if ('kind' in answer) return answer;
  const { requests, round } = answer;
  const suspended = suspendedCall(parts, { call }, { requests: [], asked: 0, rounds: 0, parked: round });
  return { kind: 'input_required', requests, suspended, meta: allowed(call) };
}

/** What a client brings back to a call of its own that waits for it. */
export interface ComingBack {
  readonly request: CallRequest;
  readonly suspended: JsonObject;
  readonly responses: JsonObject;
}

/**
 * Goes on with a call that was answered `input_required`, by the decision of then; only the guards at the gateway look once
 * more, since they charge nothing. What the client says is on record before, and once: who comes second, here or at
 * another gateway, has null.
 */
export async function continueCall(
  parts: CallParts,
  { request, suspended: carried, responses }: ComingBack,
  around: ClientContext,
): Promise<Answer | null> {
  const started = parts.clock.monotonic();
  const suspended = readSuspendedCall(carried);
  if (suspended === null) return null;
  const { call, verdicts } = await parts.judgeAtGateway(parts.open(request, suspended));
  if (call.digest !== suspended.digest || call.definition !== suspended.definition) return null;
  const denied = verdicts.find(isEnforcedDeny)?.advice;
  const { parked } = suspended;
  if (parked !== null)
    return comeBack(parts, call, { parked, responses: denied === undefined ? responses : {}, around });
  const leftMs = call.deadline - parts.clock.now();
  const sending = { call, request, around, started, leftMs };
  const stop = denied ?? (leftMs > 0 ? undefined : TOO_LATE);
  const sent = await resume(parts, sending, { suspended, responses, stop });
  return sent === null ? null : conclude(parts, sending, sent);
}

/** The same where the upstream waits for the answers, here or at another gateway. */
async function comeBack(
  parts: CallParts,
  call: Call,
  { parked: round, responses, around }: Pick<ComingBack, 'responses'> & { parked: number; around: ClientContext },
): Promise<Answer | null> {
  const parked = parts.parking.find(call);
  const answer = await (parked === undefined
    ? parts.elsewhere.back(call, { round, responses, around })
    : parked.back(round, responses, around));
  if (answer === 'gone') return notThere(call);
  return answer === null ? null : told(parts, call, answer);
}

/** From what came of it to the answer: the outcome is on record before its client hears of it. */
async function conclude(parts: CallParts, sending: Sending, sent: Sent): Promise<Answer> {
  const { call, request, started } = sending;
  const elapsedUs = (): number => since(parts.clock, started);
  if (sent.kind === 'suspended') {
    parts.observer.finished(call, 'input_required', elapsedUs());
    return { kind: 'input_required', requests: sent.requests, suspended: sent.suspended, meta: allowed(call) };
  }
  const { outcome, says } = sent;
  const result = await parts.inTurn(call, () => sanitizing(parts.sanitize, outcome, parts.contextOf(call)));
  const elicitations = outcome.kind === 'error' ? parts.elicitations(call, outcome) : [];
  const facts = { outcome, ...result, elicitations, elapsedUs: elapsedUs() };
  const [recorded] = await Promise.all([parts.outcomes.record(call, facts), parts.endLeases(call)]);
  parts.observer.finished(call, outcomeWord(outcome), elapsedUs());
  if (!recorded) return ranUnrecorded(call);
  const answer = answered(parts, { call, request, outcome, says, value: result.value, elicitations });
  if (sent.refused === undefined || answer.kind === 'unknown_tool') return answer;
  return { ...answer, meta: { ...answer.meta, refusedRequests: sent.refused } };
}

/** Counted and not looked at: nothing of the call is recorded but that there was one. */
function tooManyAttempts({ refusals, ids }: CallParts, { principal }: CallRequest, retryAfterMs: number): Answer {
  refusals.count(principal, 'too_many_attempts');
  const wait = Math.max(1, Math.ceil(retryAfterMs / 1000));
  const text =
    `Too many of your calls were refused, so this one was not looked at. Try again in ${wait} s, not earlier. ` +
    'The operator sets this in `floods.attempts`.';
  const meta = { decision: 'deny', reason: 'too_many_attempts', id: ids.ulid(), retryAfterMs } as const;
  return { kind: 'refused', text, meta, requirements: [] };
}

/** Counted and not looked at. */
function tooManySubscriptions({ attempts, refusals, ids }: CallParts, { principal, bytes }: CallRequest): Answer {
  attempts.take(principal, bytes);
  refusals.count(principal, 'too_many_subscriptions');
  const text =
    'You are subscribed to as many resources as you may be. Unsubscribe from one, or end a session of yours. ' +
    'The operator sets this in `floods.subscriptions`.';
  const meta = { decision: 'deny', reason: 'too_many_subscriptions', id: ids.ulid() } as const;
  return { kind: 'refused', text, meta, requirements: [] };
}

async function withFacts(parts: CallParts, envelope: Envelope): Promise<Envelope> {
  const refusedAtGateway = envelope.verdicts.some(isEnforcedDeny);
  if (refusedAtGateway) return withheld(parts, envelope);
  const { call, facts: known } = envelope;
  // What is no tool is itself an object, which needs no lookup.
  if (known.resources.every(({ status }) => status === 'resolved')) return envelope;
  const facts = await parts.facts.gather(call);
  return { ...envelope, facts, factsDigest: factsDigest(parts.keys, call.tenant, facts) };
}

/**
 * A call that is refused here goes on without its arguments and without what it names: otherwise a client that may call
 * nothing could fill the topics and the record with what it likes.
 */
function withheld({ keys }: CallParts, envelope: Envelope): Envelope {
  const { call, facts } = envelope;
  return {
    ...envelope,
    call: { ...call, arguments: {} },
    facts: { ...facts, resources: [], wildcards: [], unbounded: [] },
    withheld: argumentsDigest(keys, call),
  };
}

/** What came of a call, in the observer's words. */
function outcomeWord(outcome: Outcome): string {
  if (outcome.kind === 'failed' && !outcome.sent) return outcome.reason;
  if (outcome.kind !== 'result') return failureReason(outcome);
  return outcome.result['isError'] === true ? 'is_error' : 'completed';
}

interface Ended extends Pick<Sending, 'call' | 'request'> {
  readonly outcome: Outcome;
  readonly says: string | undefined;
  /** The result, or the text of an error as one, sanitized. */
  readonly value: JsonObject;
  readonly elicitations: readonly JsonObject[];
}

function answered(
  parts: Pick<CallParts, 'contextOf'>,
  { call, request: { capabilities }, outcome, says, value, elicitations }: Ended,
): Answer {
  if (outcome.kind === 'result') return resultAnswer(call, value, allowed(call));
  if (outcome.kind === 'error') {
    const missing = missingCapabilities(outcome, capabilities);
    if (missing !== null) return { ...failed(call, 'upstream_error'), missingCapabilities: missing };
    const isMasked = (parts.contextOf(call).tool?.errors ?? 'mask') === 'mask';
    return isMasked && elicitations.length === 0
      ? failed(call, 'upstream_error')
      : upstreamError(call, outcome, { said: value, elicitations });
  }
  return outcome.sent ? failed(call, failureReason(outcome), says) : notRun(call, outcome.reason);
}

function allowed({ callId }: Call): DecisionMeta {
  return { decision: 'allow', reason: 'allowed', id: callId };
}

function since(clock: Clock, started: number): number {
  return Math.max(0, Math.round((clock.monotonic() - started) * 1000));
}
