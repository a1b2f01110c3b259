import { setTimeout as pause } from 'node:timers/promises';
import {
  type BusMessage,
  CommitRefused,
  type Envelope,
  JournalUnavailable,
  type Message,
  type MessageOf,
  type Release,
} from '@sallyport/contracts';
import { type Admission, admit } from './call-admission.ts';
import { untilSent } from './partition-sender.ts';
import { envelopeIn, type Fault } from './chain.ts';
import { askedCommit, type Asking } from './commit-validator.ts';
import type { AuditEndParts } from './transport-ends.ts';
import type { FairQueue } from './fair-queue.ts';
import { isSigned, type Parts, sign } from './mac.ts';
import { refusal } from './station-refusal.ts';
import { answerText, type CommitAnswer } from './reply-text.ts';
import type { Seen } from './seen.ts';
import { disagreementText, type SettingsAgreement } from './settings-agreement.ts';
import type { RejectionLog } from './rejection-log.ts';
import { encode } from './messages.ts';

export interface AuditHandler extends AuditEndParts {
  readonly queue: FairQueue;
  readonly seen: Seen;
  /** Calls in line or being released. */
  readonly inHand: Set<string>;
  /** Calls that wait to be closed. */
  readonly closing: Set<string>;
  readonly rejections: RejectionLog;
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
export async function takeCall(handler: AuditHandler, call: MessageOf<'call'>, { key }: BusMessage): Promise<void> {
  const admission = await admitted(handler, call, key);
  if ('fault' in admission) return handler.rejections.note({ ...admission.fault, call: admission.call });
  if ('dropped' in admission) return handler.observer.incident(admission.dropped, 'a call that came to audit');
  const { envelope } = admission;
  const { callId, tenant } = envelope.call;
  if (!handler.seen.add(`${callId}/${call.attempt}`)) return handler.observer.incident('call_repeated', callId);
  // By another attempt, and it has one answer: more of the same work would slow down what is slow already.
  if (handler.inHand.has(callId)) return;
  handler.inHand.add(callId);
  try {
    const ran = await handler.queue.run(tenant, () => decided(handler, call, envelope));
    if (!ran) await shed(handler, call, envelope);
  } finally {
    handler.inHand.delete(callId);
  }
}

/** A configuration that this process has not read yet is looked for before a call is refused for it. */
async function admitted(handler: AuditHandler, call: MessageOf<'call'>, key: string | null): Promise<Admission> {
  const first = admit(handler, call, key);
  if (!('envelope' in first) || first.disagreement === undefined) return first;
  await handler.settings.refresh();
  const second = admit(handler, call, key);
  if ('envelope' in second && second.disagreement !== undefined)
    handler.observer.incident('configuration_mismatch', disagreementText(second.disagreement));
  return second;
}

async function decided(handler: AuditHandler, call: MessageOf<'call'>, envelope: Envelope): Promise<void> {
  // Its gateway has given up and has it closed.
  if (handler.time.left(call.until) < 0) return handler.observer.incident('past_deadline', 'a call in line at audit');
  await release(handler, call, await handler.release(envelope));
}

async function shed(handler: AuditHandler, call: MessageOf<'call'>, envelope: Envelope): Promise<void> {
  const answer = refusal(envelope.call, 'tenant_overload', 'audit');
  handler.shed(envelope, answer.decision);
  await release(handler, call, answer);
}

async function release(handler: AuditHandler, { inbox, until }: MessageOf<'call'>, answer: Release): Promise<void> {
  const body = JSON.stringify(answer);
  const message = { kind: 'release', body, mac: sign(handler.keys.release, ['release', body]) } as const;
  await reply(handler, inbox, message, handler.time.left(until));
}

/** A call that its own gateway waits for no more is closed, if need be when the journal is back. */
export async function takeExpire(
  handler: AuditHandler,
  message: MessageOf<'expire'>,
  { key }: BusMessage,
): Promise<void> {
  const { boot, reason, body, verdicts, mac } = message;
  const envelope = envelopeIn({ body, signatures: [{ by: 'gateway', verdicts, mac }] });
  const call = envelope?.call.callId ?? null;
  if (!isSigned(handler.keys.gateway, ['expire', boot, reason, body, verdicts], mac))
    return handler.rejections.note({ ...fromGateway('forged_expire'), call });
  if (envelope === null || envelope.call.gateway.boot !== boot || envelope.call.tenant !== key)
    return handler.rejections.note({ ...fromGateway('foreign_expire'), call });
  await closed(handler, envelope, reason);
}

/** Again while the journal is away. */
async function closed(handler: AuditHandler, envelope: Envelope, reason: string): Promise<void> {
  const { clock, closing, observer, stopping } = handler;
  const { callId } = envelope.call;
  if (closing.has(callId)) return;
  closing.add(callId);
  const until = closing.size > mostClosing ? 0 : clock.monotonic() + closeMs;
  try {
    for (;;) {
      const error = await handler.expire(envelope, reason).then(() => null, String);
      if (error === null) return;
      if (stopping() || clock.monotonic() > until) return observer.incident('expire_failed', error);
      await pause(closeAgainMs);
    }
  } finally {
    closing.delete(callId);
  }
}

/** What a gateway wants written: written, and answered in any case. */
export async function takeCommit(
  handler: AuditHandler,
  message: MessageOf<'commit'>,
  { key }: BusMessage,
): Promise<void> {
  const { id, boot, inbox, body, mac } = message;
  if (!isSigned(handler.keys.gateway, ['commit', id, boot, `${inbox}`, body], mac))
    return handler.rejections.note({ ...fromGateway('forged_commit'), call: null });
  const text = answerText(await written(handler, { body, key, boot }));
  const signed: Parts = ['answer', id, boot, text];
  const answer = { kind: 'answer', id, boot, body: text, mac: sign(handler.keys.release, signed) } as const;
  await reply(handler, inbox, answer, answerMs);
}

async function written(handler: AuditHandler, asking: Asking): Promise<CommitAnswer> {
  const asked = askedCommit(asking);
  if ('reason' in asked) {
    handler.rejections.note({ ...fromGateway(asked.reason), call: null });
    return { status: 'refused', reason: asked.reason };
  }
  try {
    return await handler.journal.commit(asked.commit);
  } catch (error) {
    handler.observer.incident(error instanceof JournalUnavailable ? error.code : 'commit_failed', String(error));
    return error instanceof CommitRefused ? { status: 'refused', reason: error.message } : { status: 'unavailable' };
  }
}

/** The end of the ring: a probe of a gateway's goes back to it. */
export async function takeProbe(handler: AuditHandler, { id, boot, inbox, mac }: MessageOf<'probe'>): Promise<void> {
  if (!isSigned(handler.keys.gateway, ['probe', id, boot, `${inbox}`], mac))
    return handler.rejections.note({ ...fromGateway('forged_probe'), call: null });
  const probe_reply = {
    kind: 'probe_reply',
    id,
    boot,
    mac: sign(handler.keys.release, ['probe_reply', id, boot]),
  } as const;
  await reply(handler, inbox, probe_reply, 0);
}

/** What a gateway refused at its inbox goes on record here. */
export function takeNotice(handler: AuditHandler, { boot, reason, call, count, mac }: MessageOf<'notice'>): void {
  const honest = isSigned(handler.keys.gateway, ['notice', boot, reason, call ?? '', `${count}`], mac);
  if (honest) handler.rejections.note({ station: 'audit', reason, call }, count);
  else handler.rejections.note({ ...fromGateway('forged_notice'), call: null });
}

/** Sends to a gateway, and again while the bus is away. */
export async function reply(
  { bus, topics, clock, observer }: AuditHandler,
  partition: number,
  message: Message,
  forMs: number,
) {
  const value = encode(message);
  const sent = await untilSent(() => bus.send({ topic: topics.reply, partition, value }), clock, forMs);
  if (!sent) observer.incident('not_answered', `reply partition ${partition}`);
}

function fromGateway(reason: string): Fault {
  return { station: 'gateway', reason };
}
