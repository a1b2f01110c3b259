import {
  type Answer,
  type Call,
  type CallRequest,
  type ClientContext,
  type Clock,
  type DecisionService,
  type Envelope,
  type Ids,
  isEnforcedDeny,
  type JsonObject,
  type Keys,
  type Observer,
  type Outcome,
  type Release,
  type Sanitize,
  type SanitizeContext,
  type Upstream,
} from '@sallyport/contracts';
import type { Attempts } from './attempts.ts';
import type { AskingCall, ClientRequests } from './client-requests/client-requests.ts';
import { labelledNotification } from './client-requests/notification.ts';
import type { Gatherer } from './fact-gatherer.ts';
import { factsDigest } from './facts-digest.ts';
import { failureReason } from './failure-reason.ts';
import { missingCapabilities } from './missing-capabilities.ts';
import type { OutcomeRecorder } from './outcome-recorder.ts';
import type { RefusedRequests } from './refused-requests.ts';
import type { ResultTurns } from './result-turns.ts';
import { upstreamError } from './upstream-error.ts';
import { failed, notRun, ranUnrecorded, refused } from './refusals.ts';
import { sanitized, sanitizing } from './sanitizing.ts';
import type { EndLeases } from './settle.ts';
import { argumentsDigest, hasDigest } from './signing-input.ts';

export interface CallToolParts {
  /** Creates the call and its unjudged envelope with the facts that need no upstream. */
  readonly open: (request: CallRequest) => Envelope;
  /** Asked before anything else. */
  readonly attempts: Attempts;
  readonly refusals: Pick<RefusedRequests, 'count'>;
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
  /** Of the addresses that an error wants the user to open first, those that its upstream was granted. */
  readonly elicitations: (call: Call, outcome: Extract<Outcome, { kind: 'error' }>) => readonly JsonObject[];
  readonly outcomes: OutcomeRecorder;
  readonly endLeases: EndLeases;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly toolContext: (call: Call) => SanitizeContext;
  readonly timeoutMs: (call: Call) => number;
}

/**
 * The whole life of one tool call, top to bottom. Nothing reaches the upstream before its decision is on record, and
 * nothing reaches the client before its outcome is.
 */
export async function callTool(parts: CallToolParts, request: CallRequest, around: ClientContext): Promise<Answer> {
  const started = parts.clock.monotonic();
  const wait = parts.attempts.take(request.principal, request.bytes);
  if (wait > 0) return tooManyAttempts(parts, request, wait);
  const envelope = await withFacts(parts, await parts.judgeAtGateway(parts.open(request)));
  const release = await parts.decisions.decide(envelope); // guards judge, audit commits, then answers; no answer is a refusal
  const { call } = envelope;
  parts.observer.decided(call, release.decision, since(parts.clock, started));
  if (release.decision.effect !== 'allow') return refused(call, release.decision);
  parts.attempts.giveBack(request.principal, request.bytes);

  const outcome = await send(parts, { call, release, request, around, started }); // sends once, never throws
  const result = await parts.inTurn(call, () => sanitizing(parts.sanitize, outcome, parts.toolContext(call)));
  const elicitations = outcome.kind === 'error' ? parts.elicitations(call, outcome) : [];
  const facts = { outcome, ...result, elicitations, elapsedUs: since(parts.clock, started) };
  const [recorded] = await Promise.all([parts.outcomes.record(call, facts), parts.endLeases(call)]);
  parts.observer.finished(call, outcomeWord(outcome), since(parts.clock, started));
  return recorded
    ? answered(parts, { call, request, outcome, value: result.value, elicitations })
    : ranUnrecorded(call);
}

/** Counted and not looked at: nothing of the call is recorded but that there was one. */
function tooManyAttempts({ refusals, ids }: CallToolParts, { principal }: CallRequest, retryAfterMs: number): Answer {
  refusals.count(principal, 'too_many_attempts');
  const wait = Math.max(1, Math.ceil(retryAfterMs / 1000));
  const text =
    `Too many of your calls were refused, so this one was not looked at. Try again in ${wait} s, not earlier. ` +
    'The operator sets this in `floods.attempts`.';
  const meta = { decision: 'deny', reason: 'too_many_attempts', id: ids.ulid(), retryAfterMs } as const;
  return { kind: 'refused', text, meta, requirements: [] };
}

async function withFacts(parts: CallToolParts, envelope: Envelope): Promise<Envelope> {
  const refusedAtGateway = envelope.verdicts.some(isEnforcedDeny);
  if (refusedAtGateway) return withheld(parts, envelope);
  if (envelope.facts.resources.length === 0) return envelope;
  const facts = await parts.facts.gather(envelope.call);
  return { ...envelope, facts, factsDigest: factsDigest(parts.keys, envelope.call.tenant, facts) };
}

/**
 * A call that is refused here goes on without its arguments and without what it names: otherwise a client that may call
 * nothing could fill the topics and the record with what it likes.
 */
function withheld({ keys }: CallToolParts, envelope: Envelope): Envelope {
  const { call, facts } = envelope;
  return {
    ...envelope,
    call: { ...call, arguments: {} },
    facts: { ...facts, resources: [], wildcards: [], unbounded: [] },
    withheld: argumentsDigest(keys, call),
  };
}

interface Sending {
  readonly call: Call;
  readonly release: Release;
  readonly request: CallRequest;
  readonly around: ClientContext;
  /** Monotonic, milliseconds: when the request came. */
  readonly started: number;
}

/** Checks the release against the call that we hold, and sends it once. */
async function send(parts: CallToolParts, { call, release, request, around, started }: Sending): Promise<Outcome> {
  const upstream = parts.upstreams.get(call.upstream);
  const wrong = wrongRelease(parts, call, release);
  if (wrong !== null || upstream === undefined)
    return { kind: 'failed', reason: 'upstream_down', sent: false, detail: wrong ?? 'no such upstream' };
  const context = parts.toolContext(call);
  const asks = parts.clientRequests({ call, context, ask: around.ask, capabilities: request.capabilities });
  // By the monotonic clock: somebody may set the other one while the call waits.
  const left = (): number => call.deadline - call.receivedAt - (parts.clock.monotonic() - started);
  const outcome = await upstream.send(call, {
    signal: around.signal,
    timeoutMs: Math.min(parts.timeoutMs(call), left()),
    limitMs: left(),
    progressToken: around.progressToken,
    logLevel: around.logLevel ?? null,
    caller: { tenant: call.tenant, issuer: call.subject.issuer, subject: call.subject.id },
    session: request.session,
    notify(message) {
      const labelled = labelledNotification(call.upstream, sanitized(parts.sanitize, message, context));
      if (labelled !== null) around.notify(labelled);
    },
    ask: (message) => asks.ask(message),
    beforeWrite: () => !around.signal.aborted && left() > 0,
  });
  await asks.close();
  return outcome;
}

/** The release must be for this call of this boot, with the digest of exactly what is about to be sent. */
function wrongRelease({ keys }: CallToolParts, call: Call, release: Release): string | null {
  if (release.callId !== call.callId || release.boot !== call.gateway.boot) return 'release of another call';
  if (release.position === null) return 'release without a record';
  return hasDigest(keys, call, release.digest) ? null : 'release of other arguments';
}

/** What came of a call, in the observer's words. */
function outcomeWord(outcome: Outcome): string {
  if (outcome.kind === 'failed' && !outcome.sent) return outcome.reason;
  if (outcome.kind !== 'result') return failureReason(outcome);
  return outcome.result['isError'] === true ? 'is_error' : 'completed';
}

interface Ended extends Pick<Sending, 'call' | 'request'> {
  readonly outcome: Outcome;
  /** The result, or the text of an error as one, sanitized. */
  readonly value: JsonObject;
  readonly elicitations: readonly JsonObject[];
}

function answered(
  parts: Pick<CallToolParts, 'toolContext'>,
  { call, request: { capabilities }, outcome, value, elicitations }: Ended,
): Answer {
  const meta = { decision: 'allow', reason: 'allowed', id: call.callId } as const;
  if (outcome.kind === 'result') return { kind: 'result', result: value, meta };
  if (outcome.kind === 'error') {
    const missing = missingCapabilities(outcome, capabilities);
    if (missing !== null) return { ...failed(call, 'upstream_error'), missingCapabilities: missing };
    const isMasked = (parts.toolContext(call).tool?.errors ?? 'mask') === 'mask';
    return isMasked && elicitations.length === 0
      ? failed(call, 'upstream_error')
      : upstreamError(call, outcome, { said: value, elicitations });
  }
  return outcome.sent ? failed(call, failureReason(outcome)) : notRun(call, outcome.reason);
}

function since(clock: Clock, started: number): number {
  return Math.max(0, Math.round((clock.monotonic() - started) * 1000));
}
