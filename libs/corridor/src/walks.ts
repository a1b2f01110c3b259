import { type Corridor, type Envelope, isEnforcedDeny, type MessageOf, type Release } from '@sallyport/contracts';
import type { Carrier } from './carrier.ts';
import { gatewayStamp } from './chain.ts';
import type { GatewayEndParts } from './corridor-ends.ts';
import { envelopeText } from './envelope-text.ts';
import { isSigned, sign } from './mac.ts';
import type { Outbox } from './outbox.ts';
import { refusal } from './refusal.ts';
import { readRelease } from './reply-text.ts';
import { setAside, type Tally } from './tally.ts';
import { encode, MAX_MESSAGE_BYTES } from './wire.ts';

export interface WalksParts extends GatewayEndParts {
  readonly carrier: Carrier;
  readonly outbox: Outbox;
  readonly tally: Tally;
}

interface Walk {
  readonly envelope: Envelope;
  readonly body: string;
  /** The broker's clock, milliseconds. */
  readonly until: number;
  readonly done: (release: Release) => void;
  /** Ways on which the call was sent. */
  lanes: number;
  /** The bus took it at least once. */
  taken: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** What happens to a walk that is not over by then. */
interface Step {
  readonly atMs: number;
  readonly act: (walk: Walk) => void;
}

/** The bus had this long to take a call; a client that waits longer gains nothing. */
const patienceMs = 1_000;
/** Whoever waits gives up at `walkMs` by itself; this is for one that does not. */
const graceMs = 500;
/** Audit's answer when it could not record its decision. */
const unrecorded = 'audit_unavailable';
/** Audit's answer when too many calls of the tenant wait in that one process; another may take the call. */
const overload = 'tenant_overload';
/** Calls whose walk is over and for which another answer may come. */
const remembered = 20_000;

/** The walks of one gateway. One that gets no answer is sent again on another lane (design section 3). */
export class Walks implements Corridor {
  readonly #parts: WalksParts;
  readonly #steps: readonly Step[];
  readonly #walks = new Map<string, Walk>();
  /** Answers that may still come for a call whose walk is over, since it went on several lanes. */
  readonly #owed = new Map<string, number>();

  constructor(parts: WalksParts) {
    const { hedgeMs, walkMs } = parts;
    const publish = (walk: Walk): void => this.#publish(walk);
    this.#parts = parts;
    this.#steps = [
      { atMs: hedgeMs, act: publish },
      { atMs: hedgeMs * 2.5, act: publish },
      { atMs: patienceMs, act: (walk: Walk) => walk.taken || this.#giveUp(walk, 'corridor_unavailable') },
      { atMs: walkMs + graceMs, act: (walk: Walk) => this.#giveUp(walk, 'timed_out') },
    ].toSorted((one, other) => one.atMs - other.atMs);
  }

  /** Resolves with the first release that audit signed for this call, or with a refusal. Never throws. */
  async walk(envelope: Envelope): Promise<Release> {
    const { call } = envelope;
    if (call.gateway.boot !== this.#parts.boot || this.#walks.has(call.callId))
      return refusal(call, 'corridor_unavailable');
    return new Promise((done) => this.#start(envelope, done));
  }

  /** Ends the walk here and has audit close it; sent again while the bus is away. */
  async expire(envelope: Envelope, reason: string): Promise<void> {
    const { boot, observer } = this.#parts;
    const { callId, gateway } = envelope.call;
    if (gateway.boot !== boot) return observer.trouble('foreign_expire', callId);
    const walk = this.#walks.get(callId);
    if (walk !== undefined) this.#end(walk, refusal(envelope.call, reason), 0);
    this.#close(envelope, reason);
  }

  /** Takes an answer of audit's: the first one for a call ends its walk. */
  released({ body, mac }: MessageOf<'release'>): void {
    const { keys, tally } = this.#parts;
    const release = readRelease(body);
    const honest = isSigned(keys.release, ['release', body], mac);
    const reason = honest && release !== null ? this.#accept(release) : 'release_forged';
    if (reason !== null) tally.note({ station: 'audit', reason, call: release?.callId ?? null });
  }

  /** Refuses all that still wait. */
  stop(): void {
    for (const walk of [...this.#walks.values()]) this.#giveUp(walk, 'corridor_unavailable');
  }

  #start(envelope: Envelope, done: (release: Release) => void): void {
    const { clock, time, walkMs, bus } = this.#parts;
    const { call } = envelope;
    // What is left of the call was said by our own clock alone.
    const forMs = Math.min(call.deadline - clock.now(), walkMs);
    const until = Math.max(0, (time.now() ?? clock.now()) + forMs);
    const body = envelopeText(envelope);
    const walk: Walk = { envelope, body, until, done, lanes: 0, taken: false, timer: undefined };
    this.#walks.set(call.callId, walk);
    if (!bus.healthy()) return this.#giveUp(walk, 'corridor_unavailable');
    this.#publish(walk);
    this.#schedule(walk, 0);
  }

  #publish(walk: Walk): void {
    const lane = walk.lanes++;
    const value = encode(callMessage(this.#parts, walk, lane));
    if (value.byteLength > MAX_MESSAGE_BYTES) return this.#giveUp(walk, 'corridor_unavailable');
    const route = routeOf(this.#parts, walk.envelope, lane);
    this.#parts.carrier.send({ route, key: walk.envelope.call.tenant, value }).then(
      () => (walk.taken = true),
      () => walk.taken || this.#giveUp(walk, 'corridor_unavailable'),
    );
  }

  #schedule(walk: Walk, step: number): void {
    const due = this.#steps[step];
    if (due === undefined || this.#walks.get(walk.envelope.call.callId) !== walk) return;
    const before = this.#steps[step - 1]?.atMs ?? 0;
    walk.timer = setTimeout(() => {
      this.#schedule(walk, step + 1);
      due.act(walk);
    }, due.atMs - before);
  }

  #close(envelope: Envelope, reason: string): void {
    const { outbox, topics } = this.#parts;
    const { tenant } = envelope.call;
    const route = { topic: topics.decide, name: tenant, lane: 0 };
    outbox.put({ route, key: tenant, value: encode(expireMessage(this.#parts, envelope, reason)) });
  }

  #giveUp(walk: Walk, reason: string): void {
    if (this.#walks.get(walk.envelope.call.callId) === walk) void this.expire(walk.envelope, reason);
  }

  #end(walk: Walk, release: Release, answers: number): void {
    const { callId } = walk.envelope.call;
    this.#walks.delete(callId);
    clearTimeout(walk.timer);
    remember(this.#owed, callId, walk.lanes - answers);
    walk.done(release);
  }

  /** Null for a release that audit signed for one of our calls, or for a process before us: faults bring those. */
  #accept(release: Release): string | null {
    const { boot, observer } = this.#parts;
    if (release.boot !== boot) return setAside(observer, 'message_foreign', `a release for ${release.boot}`);
    const walk = this.#walks.get(release.callId);
    if (walk === undefined)
      return isOwed(this.#owed, release.callId) ? null : setAside(observer, 'message_repeated', release.callId);
    if (release.digest !== walk.envelope.call.digest) return 'release_of_other_call';
    this.#end(walk, release, 1);
    // Nobody knows what the journal made of it: an allow may come out, and nobody would ever say that it was not run.
    const { reason } = release.decision;
    if (reason === unrecorded || (reason === overload && walk.lanes > 1)) this.#close(walk.envelope, reason);
    return null;
  }
}

/** A call that was refused at the door goes straight to audit. */
function routeOf({ topics }: WalksParts, { call, verdicts }: Envelope, lane: number) {
  return verdicts.some(isEnforcedDeny)
    ? { topic: topics.decide, name: call.tenant, lane }
    : { topic: topics['rate-limit'], name: call.callId, lane };
}

function callMessage({ keys, inbox }: WalksParts, { envelope, body, until }: Walk, lane: number): MessageOf<'call'> {
  const unsigned = { lane, inbox, until, body };
  return { kind: 'call', ...unsigned, stamps: [gatewayStamp(keys.gateway, unsigned, envelope.verdicts)] };
}

function expireMessage({ keys, boot }: WalksParts, envelope: Envelope, reason: string): MessageOf<'expire'> {
  const body = envelopeText(envelope);
  const verdicts = JSON.stringify(envelope.verdicts);
  const mac = sign(keys.gateway, ['expire', boot, reason, body, verdicts]);
  return { kind: 'expire', boot, reason, body, verdicts, mac };
}

function remember(owed: Map<string, number>, callId: string, answers: number): void {
  if (answers <= 0) return;
  owed.set(callId, answers);
  if (owed.size <= remembered) return;
  const [oldest] = owed.keys();
  if (oldest !== undefined) owed.delete(oldest);
}

/** Takes one answer off what may still come. */
function isOwed(owed: Map<string, number>, callId: string): boolean {
  const left = owed.get(callId) ?? 0;
  if (left > 0) owed.set(callId, left - 1);
  return left > 0;
}
