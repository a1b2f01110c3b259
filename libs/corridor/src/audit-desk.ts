import { setTimeout as pause } from 'node:timers/promises';
import {
  type BusMessage,
  type Envelope,
  JournalUnavailable,
  type Message,
  type MessageOf,
  type Release,
} from '@sallyport/contracts';
import { type Admission, admit } from './admission.ts';
import { untilSent } from './carrier.ts';
import { envelopeIn, type Fault } from './chain.ts';
import { askedCommit, type Asking } from './commit-desk.ts';
import type { AuditEndParts } from './corridor-ends.ts';
import type { FairQueue } from './fair-queue.ts';
import { isSigned, type Parts, sign } from './mac.ts';
import { refusal } from './refusal.ts';
import { answerText, type CommitAnswer } from './reply-text.ts';
import type { Seen } from './seen.ts';
import { disagreementText, type SettingsAgreement } from './settings-agreement.ts';
import type { Tally } from './tally.ts';
import { encode } from './wire.ts';

export interface AuditDesk extends AuditEndParts {
  readonly queue: FairQueue;
  readonly seen: Seen;
  /** Calls in line or being released. */
  readonly inHand: Set<string>;
  /** Calls that wait to be closed. */
  readonly closing: Set<string>;
  readonly tally: Tally;
  readonly agreement: SettingsAgreement;
  readonly stopping: () => boolean;
  /** Partitions that are this process's now. */
  readonly partitions: () => readonly number[];
}

/** An answer may be on its way for so long; the gateway asks again before. */
const answerMs = 5_000;
/** A call that nobody waits for is closed even if the journal comes back late. */
const closeMs = 10 * 60_000;
const closeAgainMs = 500;
/** So many can wait to be closed; of more, the last are given up. Those that the journal may hold came first. */
const mostClosing = 5_000;

/** A call: verified, put in its tenant's line, released, answered. */
export async function takeCall(desk: AuditDesk, call: MessageOf<'call'>, { key }: BusMessage): Promise<void> {
  const admission = await admitted(desk, call, key);
  if ('fault' in admission) return desk.tally.note({ ...admission.fault, call: admission.call });
  if ('dropped' in admission) return desk.observer.trouble(admission.dropped, 'a call that came to audit');
  const { envelope } = admission;
  const { callId, tenant } = envelope.call;
  if (!desk.seen.add(`${callId}/${call.lane}`)) return desk.observer.trouble('call_repeated', callId);
  // On another lane, and it has one answer: more of the same work would slow down what is slow already.
  if (desk.inHand.has(callId)) return;
  desk.inHand.add(callId);
  try {
    const ran = await desk.queue.run(tenant, () => decided(desk, call, envelope));
    if (!ran) await shed(desk, call, envelope);
  } finally {
    desk.inHand.delete(callId);
  }
}

/** A configuration that this process has not read yet is looked for before a call is refused for it. */
async function admitted(desk: AuditDesk, call: MessageOf<'call'>, key: string | null): Promise<Admission> {
  const first = admit(desk, call, key);
  if (!('envelope' in first) || first.disagreement === undefined) return first;
  await desk.settings.refresh();
  const second = admit(desk, call, key);
  if ('envelope' in second && second.disagreement !== undefined)
    desk.observer.trouble('configuration_mismatch', disagreementText(second.disagreement));
  return second;
}

async function decided(desk: AuditDesk, call: MessageOf<'call'>, envelope: Envelope): Promise<void> {
  // Its gateway has given up and has it closed.
  if (desk.time.left(call.until) < 0) return desk.observer.trouble('past_deadline', 'a call in line at audit');
  await release(desk, call, await desk.release(envelope));
}

async function shed(desk: AuditDesk, call: MessageOf<'call'>, envelope: Envelope): Promise<void> {
  const answer = refusal(envelope.call, 'tenant_overload', 'audit');
  desk.shed(envelope, answer.decision);
  await release(desk, call, answer);
}

async function release(desk: AuditDesk, { inbox, until }: MessageOf<'call'>, answer: Release): Promise<void> {
  const body = JSON.stringify(answer);
  const message = { kind: 'release', body, mac: sign(desk.keys.release, ['release', body]) } as const;
  await reply(desk, inbox, message, desk.time.left(until));
}

/** A call that its own gateway waits for no more is closed, if need be when the journal is back. */
export async function takeExpire(desk: AuditDesk, message: MessageOf<'expire'>, { key }: BusMessage): Promise<void> {
  const { boot, reason, body, verdicts, mac } = message;
  const envelope = envelopeIn({ body, stamps: [{ by: 'gateway', verdicts, mac }] });
  const call = envelope?.call.callId ?? null;
  if (!isSigned(desk.keys.gateway, ['expire', boot, reason, body, verdicts], mac))
    return desk.tally.note({ ...fromGateway('forged_expire'), call });
  if (envelope === null || envelope.call.gateway.boot !== boot || envelope.call.tenant !== key)
    return desk.tally.note({ ...fromGateway('foreign_expire'), call });
  await closed(desk, envelope, reason);
}

/** Again while the journal is away. */
async function closed(desk: AuditDesk, envelope: Envelope, reason: string): Promise<void> {
  const { clock, closing, observer, stopping } = desk;
  const { callId } = envelope.call;
  if (closing.has(callId)) return;
  closing.add(callId);
  const until = closing.size > mostClosing ? 0 : clock.monotonic() + closeMs;
  try {
    for (;;) {
      const error = await desk.expire(envelope, reason).then(() => null, String);
      if (error === null) return;
      if (stopping() || clock.monotonic() > until) return observer.trouble('expire_failed', error);
      await pause(closeAgainMs);
    }
  } finally {
    closing.delete(callId);
  }
}

/** What a gateway wants written: written, and answered in any case. */
export async function takeCommit(desk: AuditDesk, message: MessageOf<'commit'>, { key }: BusMessage): Promise<void> {
  const { id, boot, inbox, body, mac } = message;
  if (!isSigned(desk.keys.gateway, ['commit', id, boot, `${inbox}`, body], mac))
    return desk.tally.note({ ...fromGateway('forged_commit'), call: null });
  const text = answerText(await written(desk, { body, key, boot }));
  const signed: Parts = ['answer', id, boot, text];
  const answer = { kind: 'answer', id, boot, body: text, mac: sign(desk.keys.release, signed) } as const;
  await reply(desk, inbox, answer, answerMs);
}

async function written(desk: AuditDesk, asking: Asking): Promise<CommitAnswer> {
  const asked = askedCommit(asking);
  if ('reason' in asked) {
    desk.tally.note({ ...fromGateway(asked.reason), call: null });
    return { status: 'refused', reason: asked.reason };
  }
  try {
    return await desk.journal.commit(asked.commit);
  } catch (error) {
    desk.observer.trouble(error instanceof JournalUnavailable ? error.code : 'commit_failed', String(error));
    return { status: 'unavailable' };
  }
}

/** The end of the ring: a ping of a gateway's goes back to it. */
export async function takePing(desk: AuditDesk, { id, boot, inbox, mac }: MessageOf<'ping'>): Promise<void> {
  if (!isSigned(desk.keys.gateway, ['ping', id, boot, `${inbox}`], mac))
    return desk.tally.note({ ...fromGateway('forged_ping'), call: null });
  const pong = { kind: 'pong', id, boot, mac: sign(desk.keys.release, ['pong', id, boot]) } as const;
  await reply(desk, inbox, pong, 0);
}

/** What a gateway refused at its inbox goes on record here. */
export function takeNotice(desk: AuditDesk, { boot, reason, call, count, mac }: MessageOf<'notice'>): void {
  const honest = isSigned(desk.keys.gateway, ['notice', boot, reason, call ?? '', `${count}`], mac);
  if (honest) desk.tally.note({ station: 'audit', reason, call }, count);
  else desk.tally.note({ ...fromGateway('forged_notice'), call: null });
}

/** Sends to a gateway, and again while the bus is away. */
export async function reply(
  { bus, topics, clock, observer }: AuditDesk,
  partition: number,
  message: Message,
  forMs: number,
) {
  const value = encode(message);
  const sent = await untilSent(() => bus.send({ topic: topics.reply, partition, value }), clock, forMs);
  if (!sent) observer.trouble('not_answered', `reply partition ${partition}`);
}

function fromGateway(reason: string): Fault {
  return { station: 'gateway', reason };
}
