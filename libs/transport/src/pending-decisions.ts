import {
  type DecisionService,
  type Envelope,
  isEnforcedDeny,
  type MessageOf,
  type Release,
} from '@sallyport/contracts';
import { BoundedMap } from '@sallyport/base';
import type { PartitionSender } from './partition-sender.ts';
import { gatewaySignature } from './chain.ts';
import type { GatewayEndParts } from './transport-ends.ts';
import { envelopeText } from './envelope-text.ts';
import { isSigned, sign } from './mac.ts';
import type { RetryQueue } from './retry-queue.ts';
import { refusal } from './station-refusal.ts';
import { readRelease } from './reply-text.ts';
import { setAside, type RejectionLog } from './rejection-log.ts';
import { encode, MAX_MESSAGE_BYTES } from './messages.ts';

export interface PendingDecisionsParts extends GatewayEndParts {
  readonly sender: PartitionSender;
  readonly retries: RetryQueue;
  readonly rejections: RejectionLog;
}

interface PendingDecision {
  readonly envelope: Envelope;
  readonly body: string;
  /** The broker's clock, milliseconds. */
  readonly until: number;
  readonly done: (release: Release) => void;
  /** Ways on which the call was sent. */
  attempts: number;
  /** The bus took it at least once. */
  taken: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** What happens to a request that is not decided by then. */
interface Step {
  readonly atMs: number;
  readonly act: (entry: PendingDecision) => void;
}

/** The bus had this long to take a call; a client that waits longer gains nothing. */
const timeoutMs = 1_000;
/** Audit's answer when it could not record its decision. */
const unrecorded = 'audit_unavailable';
/** Audit's answer when too many calls of the tenant wait in that one process; another may take the call. */
const overload = 'tenant_overload';
/** Calls that are decided and for which another answer may come. */
const remembered = 20_000;

/** The decisions of one gateway. One that gets no answer is sent again (design section 3). */
export class PendingDecisions implements DecisionService {
  readonly #parts: PendingDecisionsParts;
  readonly #steps: readonly Step[];
  readonly #decisions = new Map<string, PendingDecision>();
  /** Answers that may still come for a call that is decided, since it was sent several times. */
  readonly #expected = new BoundedMap<string, number>(remembered);

  constructor(parts: PendingDecisionsParts) {
    const { hedgeMs, decisionTimeoutMs } = parts;
    const publish = (entry: PendingDecision): void => this.#publish(entry);
    this.#parts = parts;
    this.#steps = [
      { atMs: hedgeMs, act: publish },
      { atMs: hedgeMs * 2.5, act: publish },
      { atMs: timeoutMs, act: (entry: PendingDecision) => entry.taken || this.#giveUp(entry, 'decision_unavailable') },
      { atMs: decisionTimeoutMs, act: (entry: PendingDecision) => this.#giveUp(entry, 'timed_out') },
    ].toSorted((one, other) => one.atMs - other.atMs);
  }

  /** Resolves with the first release that audit signed for this call, or with a refusal. Never throws. */
  async decide(envelope: Envelope): Promise<Release> {
    const { call } = envelope;
    if (call.gateway.boot !== this.#parts.boot || this.#decisions.has(call.callId))
      return refusal(call, 'decision_unavailable');
    return new Promise((done) => this.#start(envelope, done));
  }

  /** Takes an answer of audit's: the first one for a call decides it. */
  released({ body, mac }: MessageOf<'release'>): void {
    const { keys, rejections } = this.#parts;
    const release = readRelease(body);
    const honest = isSigned(keys.release, ['release', body], mac);
    const reason = honest && release !== null ? this.#accept(release) : 'release_forged';
    if (reason !== null) rejections.note({ station: 'audit', reason, call: release?.callId ?? null });
  }

  /** Refuses all that still wait. */
  stop(): void {
    for (const entry of [...this.#decisions.values()]) this.#giveUp(entry, 'decision_unavailable');
  }

  #start(envelope: Envelope, done: (release: Release) => void): void {
    const { clock, time, decisionTimeoutMs, bus } = this.#parts;
    const { call } = envelope;
    // What is left of the call was said by our own clock alone.
    const forMs = Math.min(call.deadline - clock.now(), decisionTimeoutMs);
    const until = Math.max(0, (time.now() ?? clock.now()) + forMs);
    const body = envelopeText(envelope);
    const entry: PendingDecision = { envelope, body, until, done, attempts: 0, taken: false, timer: undefined };
    this.#decisions.set(call.callId, entry);
    if (!bus.healthy()) return this.#giveUp(entry, 'decision_unavailable');
    this.#publish(entry);
    this.#schedule(entry, 0);
  }

  #publish(entry: PendingDecision): void {
    const attempt = entry.attempts++;
    const value = encode(callMessage(this.#parts, entry, attempt));
    if (value.byteLength > MAX_MESSAGE_BYTES) return this.#giveUp(entry, 'decision_unavailable');
    const route = routeOf(this.#parts, entry.envelope, attempt);
    this.#parts.sender.send({ route, key: entry.envelope.call.tenant, value }).then(
      () => (entry.taken = true),
      () => entry.taken || this.#giveUp(entry, 'decision_unavailable'),
    );
  }

  #schedule(entry: PendingDecision, step: number): void {
    const due = this.#steps[step];
    if (due === undefined || this.#decisions.get(entry.envelope.call.callId) !== entry) return;
    const before = this.#steps[step - 1]?.atMs ?? 0;
    entry.timer = setTimeout(() => {
      this.#schedule(entry, step + 1);
      due.act(entry);
    }, due.atMs - before);
  }

  /** Has audit close it; sent again while the bus is away. */
  #close(envelope: Envelope, reason: string): void {
    const { retries, topics } = this.#parts;
    const { tenant } = envelope.call;
    const route = { topic: topics.decide, name: tenant, attempt: 0 };
    retries.put({ route, key: tenant, value: encode(expireMessage(this.#parts, envelope, reason)) });
  }

  #giveUp(entry: PendingDecision, reason: string): void {
    const { envelope } = entry;
    if (this.#decisions.get(envelope.call.callId) !== entry) return;
    this.#end(entry, refusal(envelope.call, reason), 0);
    this.#close(envelope, reason);
  }

  #end(entry: PendingDecision, release: Release, answers: number): void {
    const { callId } = entry.envelope.call;
    this.#decisions.delete(callId);
    clearTimeout(entry.timer);
    const mayCome = entry.attempts - answers;
    if (mayCome > 0) this.#expected.set(callId, mayCome);
    entry.done(release);
  }

  /** Null for a release that audit signed for one of our calls, or for a process before us: faults bring those. */
  #accept(release: Release): string | null {
    const { boot, observer } = this.#parts;
    if (release.boot !== boot) return setAside(observer, 'message_foreign', `a release for ${release.boot}`);
    const entry = this.#decisions.get(release.callId);
    if (entry === undefined)
      return isExpected(this.#expected, release.callId) ? null : setAside(observer, 'message_repeated', release.callId);
    if (release.digest !== entry.envelope.call.digest) return 'release_of_other_call';
    this.#end(entry, release, 1);
    // Nobody knows what the journal made of it: an allow may come out, and nobody would ever say that it was not run.
    const { reason } = release.decision;
    if (reason === unrecorded || (reason === overload && entry.attempts > 1)) this.#close(entry.envelope, reason);
    return null;
  }
}

/** A call that was refused at the gateway goes straight to audit. */
function routeOf({ topics }: PendingDecisionsParts, { call, verdicts }: Envelope, attempt: number) {
  return verdicts.some(isEnforcedDeny)
    ? { topic: topics.decide, name: call.tenant, attempt }
    : { topic: topics['rate-limit'], name: call.callId, attempt };
}

function callMessage(
  { keys, inbox }: PendingDecisionsParts,
  { envelope, body, until }: PendingDecision,
  attempt: number,
): MessageOf<'call'> {
  const unsigned = { attempt, inbox, until, body };
  return { kind: 'call', ...unsigned, signatures: [gatewaySignature(keys.gateway, unsigned, envelope.verdicts)] };
}

function expireMessage({ keys, boot }: PendingDecisionsParts, envelope: Envelope, reason: string): MessageOf<'expire'> {
  const body = envelopeText(envelope);
  const verdicts = JSON.stringify(envelope.verdicts);
  const mac = sign(keys.gateway, ['expire', boot, reason, body, verdicts]);
  return { kind: 'expire', boot, reason, body, verdicts, mac };
}

/** Takes one answer off what may still come. */
function isExpected(expected: Map<string, number>, callId: string): boolean {
  const left = expected.get(callId) ?? 0;
  if (left > 0) expected.set(callId, left - 1);
  return left > 0;
}
