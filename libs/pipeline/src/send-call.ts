import {
  type AskedRequest,
  type Call,
  type CallRequest,
  type ClientAnswer,
  type ClientContext,
  type InputGiven,
  type InputRequired,
  type JsonObject,
  type Outcome,
  type RefusedAsk,
  type Release,
  type ResourceListener,
  type SendOptions,
  type SentCall,
  type ServerMessage,
  type SuspendedCall,
  clientMethod,
} from '@sallyport/contracts';
import type { CallParts } from './run-call.ts';
import type { ClientRequests } from './client-requests/client-requests.ts';
import { createKeptListener } from './kept-listener.ts';
import { labelledNotification } from './client-requests/notification.ts';
import { readableResult } from './readable-result.ts';
import { sanitized } from './sanitizing.ts';
import { hasDigest } from './signing-input.ts';

export interface Sending {
  readonly call: Call;
  readonly request: CallRequest;
  readonly around: ClientContext;
  /** Monotonic, milliseconds: when the request came. */
  readonly started: number;
  /** Milliseconds that the call might take from then on. */
  readonly leftMs: number;
  /** Takes a place for a call whose client comes back, where an upstream waits for it. */
  readonly park?: () => boolean;
}

/** What came of sending a call. */
export type Sent =
  /** `says`: what its client is told of why it did not go on. */
  | {
      readonly kind: 'ended';
      readonly outcome: Outcome;
      readonly says?: string;
      /** What the upstream asked of the client and was refused. */
      readonly refused?: readonly RefusedAsk[];
    }
  | {
      readonly kind: 'suspended';
      readonly requests: Readonly<Record<string, ServerMessage>>;
      readonly suspended: JsonObject;
    };

type SendParts = Pick<
  CallParts,
  | 'upstreams'
  | 'clientRequests'
  | 'sanitize'
  | 'contextOf'
  | 'timeoutMs'
  | 'clock'
  | 'keys'
  | 'observer'
  | 'readRefusal'
>;

export const TOO_LATE = 'The answers came after the time that a call may take in all (`call_timeout`).';
/** So often an upstream may answer one call with `input_required`. */
const MAX_ROUNDS = 8;

/** Where a call stands between two rounds. */
interface Stage {
  readonly rounds: number;
  readonly input?: InputGiven;
}

/** Checks the release against the call that we hold, and sends it once. Never throws. */
export function send(parts: SendParts, sending: Sending, release: Release): Promise<Sent> {
  const wrong = wrongRelease(parts, sending.call, release);
  if (wrong !== null) return Promise.resolve({ kind: 'ended', outcome: unsent(wrong) });
  return withClient(parts, sending, 0, (asks) => rounds(parts, { ...sending, asks }, { rounds: 0 }));
}

/** What a client brought back, and why the call may not go on all the same. */
interface Resuming {
  readonly suspended: SuspendedCall;
  readonly responses: JsonObject;
  readonly stop: string | undefined;
}

/** Records what the client says, and sends it on with the call. Null where that was done before. Never throws. */
export async function resume(
  parts: SendParts,
  sending: Sending,
  { suspended, responses, stop }: Resuming,
): Promise<Sent | null> {
  const { state, rounds: played, asked } = suspended;
  return withClient(parts, sending, asked, async (asks) => {
    const given = await asks.take(suspended, responses, stop === undefined);
    if (given === null) return null;
    if (stop !== undefined) return ended(stop);
    const input = { responses: given, ...(state !== null && { state }) };
    return rounds(parts, { ...sending, asks }, { rounds: played, input });
  });
}

/** @param before how much the client was asked in earlier rounds */
async function withClient<Done extends Sent | null>(
  parts: SendParts,
  { call, request: { capabilities }, around: { ask, comesBack }, park }: Sending,
  before: number,
  work: (asks: ClientRequests) => Promise<Done>,
): Promise<Done | Sent> {
  const context = parts.contextOf(call);
  const client = { ask, comesBack: comesBack === true, ...(park && { park }), capabilities };
  const asks = parts.clientRequests({ call, context, ...client, before });
  try {
    const done = await work(asks);
    const refused = asks.refused();
    return done?.kind === 'ended' && refused.length > 0 ? { ...done, refused } : done;
  } catch (error) {
    parts.observer.incident('client_request_failed', String(error));
    return ended('It could not be recorded, so that it was not passed on.');
  } finally {
    await asks.close();
  }
}

interface InRounds extends Sending {
  readonly asks: ClientRequests;
}

/** Sends the call, and once more each time that the upstream has asked for something and has got it. */
async function rounds(parts: SendParts, sending: InRounds, stage: Stage): Promise<Sent> {
  if (stage.rounds > 0 && leftOf(parts, sending) <= 0) return ended(TOO_LATE);
  const outcome = await sendOnce(parts, sending, stage);
  const needs = needsOf(sending.call, outcome);
  if (needs === undefined) return { kind: 'ended', outcome: readableResult(sending.call.action, outcome) };
  if (stage.rounds === MAX_ROUNDS) return ended(`It asked for more in ${MAX_ROUNDS} answers, and may in no more.`);
  const round = await inTime(parts, sending, sending.asks.round(needs));
  const played = stage.rounds + 1;
  switch (round.kind) {
    case 'refused':
      return ended(round.says);
    case 'shown': {
      const { requests, asked } = round;
      const place = { requests, asked, rounds: played, parked: null, state: needs.state };
      const suspended = suspendedCall(parts, sending, place);
      return { kind: 'suspended', requests: round.messages, suspended };
    }
    case 'answered':
      return rounds(parts, sending, { rounds: played, input: inputOf(needs, round.responses) });
  }
}

/** What it asks for in its answer, if calls of the method may be answered so. */
function needsOf({ action }: Call, outcome: Outcome): InputRequired | undefined {
  return outcome.kind === 'failed' && clientMethod(action)?.mayAsk === true ? outcome.asks : undefined;
}

/** Of a call that the upstream has had in an earlier round nobody may say that it was not sent. */
async function sendOnce(parts: SendParts, sending: InRounds, { rounds: played, input }: Stage): Promise<Outcome> {
  const { call } = sending;
  const outcome = await toUpstream(parts, input === undefined ? call : { ...call, input }, optionsOf(parts, sending));
  if (played === 0 || outcome.kind !== 'failed' || outcome.sent) return outcome;
  return { ...outcome, reason: 'upstream_down', sent: true };
}

async function toUpstream(
  { upstreams, clock, observer }: SendParts,
  call: Call & SentCall,
  options: SendOptions,
): Promise<Outcome> {
  const upstream = upstreams.get(call.upstream);
  if (upstream === undefined) return unsent('no such upstream');
  const began = clock.monotonic();
  const outcome = await upstream.send(call, options);
  observer.measured?.('upstream', call.upstream, clock.monotonic() - began);
  return outcome;
}

function inputOf({ requests, state }: InputRequired, responses: JsonObject): InputGiven {
  return { ...(requests.length > 0 && { responses }), ...(state !== undefined && { state }) };
}

/** A client that waits is not asked for longer than its call may take. */
async function inTime<Done>(parts: SendParts, sending: InRounds, work: Promise<Done>): Promise<Done> {
  const late = setTimeout(() => void sending.asks.close(), Math.max(0, leftOf(parts, sending)));
  return work.finally(() => clearTimeout(late));
}

/** By the monotonic clock: somebody may set the other one while the call waits. */
function leftOf({ clock }: SendParts, { leftMs, started }: Sending): number {
  return leftMs - (clock.monotonic() - started);
}

function optionsOf(parts: SendParts, sending: InRounds): SendOptions {
  const listener = keptListener(parts, sending);
  return { ...callOptions(parts, sending), ...(listener && { listener }) };
}

/** What is told of a resource for a client that subscribes to it, if it does. */
function keptListener(parts: SendParts, sending: InRounds): ResourceListener | undefined {
  const { call, request, around } = sending;
  const { listener: client } = around;
  if (client === undefined) return undefined;
  const { signal } = client;
  const options = { ...callOptions(parts, sending), signal, notify: () => undefined, ask: unasked };
  const timeoutMs = parts.timeoutMs(call);
  return createKeptListener({
    clock: parts.clock,
    client,
    refusal: () => parts.readRefusal(request, call),
    again(listener) {
      const later = { ...options, timeoutMs, limitMs: timeoutMs, listener, beforeWrite: () => !signal.aborted };
      return toUpstream(parts, call, later);
    },
  });
}

/** The call of a subscription is over, and nobody waits for it. */
function unasked(): Promise<ClientAnswer> {
  return Promise.resolve({
    error: { code: -32601, message: 'No client can be asked: this belongs to no call of one.' },
  });
}

function callOptions(parts: SendParts, sending: InRounds): SendOptions {
  const { call, request, around, asks } = sending;
  const context = parts.contextOf(call);
  const left = (): number => leftOf(parts, sending);
  const isAskable = around.ask !== null || around.comesBack === true;
  return {
    signal: around.signal,
    timeoutMs: Math.min(parts.timeoutMs(call), left()),
    limitMs: left(),
    progressToken: around.progressToken,
    logLevel: around.logLevel ?? null,
    caller: { tenant: call.tenant, issuer: call.subject.issuer, subject: call.subject.id },
    callerToken: around.token ?? null,
    session: request.session,
    ...(isAskable && request.capabilities !== undefined && { capabilities: request.capabilities }),
    notify(message) {
      const labelled = labelledNotification(call.upstream, sanitized(parts.sanitize, message, context));
      if (labelled !== null) around.notify(labelled);
    },
    ask: (message) => asks.ask(message),
    beforeWrite: () => !around.signal.aborted && left() > 0,
  };
}

/** Where a call stands that its client goes on with. */
interface Place extends Pick<SuspendedCall, 'asked' | 'rounds' | 'parked'> {
  readonly requests: readonly AskedRequest[];
  readonly state?: string | undefined;
}

/** What its client carries. */
export function suspendedCall(
  { clock }: Pick<SendParts, 'clock'>,
  { call }: Pick<Sending, 'call'>,
  { state, requests, asked, rounds: played, parked }: Place,
): SuspendedCall {
  const { callId, gateway, receivedAt, deadline, traceparent, digest, definition } = call;
  return {
    callId,
    gateway: { ...gateway },
    receivedAt,
    deadline,
    traceparent,
    digest,
    definition,
    rounds: played,
    asked,
    askedAt: clock.now(),
    requests: [...requests],
    parked,
    state: state ?? null,
  };
}

/** The release must be for this call of this boot, with the digest of exactly what is about to be sent. */
function wrongRelease({ keys }: SendParts, call: Call, release: Release): string | null {
  if (release.callId !== call.callId || release.boot !== call.gateway.boot) return 'release of another call';
  if (release.position === null) return 'release without a record';
  return hasDigest(keys, call, release.digest) ? null : 'release of other arguments';
}

function unsent(detail: string): Outcome {
  return { kind: 'failed', reason: 'upstream_down', sent: false, detail };
}

/** The upstream has the call, and waits for what it will not get. */
function ended(says: string): Sent {
  return { kind: 'ended', outcome: { kind: 'failed', reason: 'upstream_asked', sent: true, detail: says }, says };
}
