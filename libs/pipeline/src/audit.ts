import type {
  Call,
  Commit,
  Committed,
  Config,
  Counters,
  Decision,
  Envelope,
  EventData,
  Journal,
  Observer,
  Release,
  StoredEvent,
} from '@sallyport/contracts';
import { commitOf, type EventParts, newEvent, readCloudEvent } from '@sallyport/journal';
import { createAgentNames } from './agent-names.ts';
import { approvalWrites } from './approval-records.ts';
import { type Coalescer } from './coalescer.ts';
import { decide, denied, type GuardRole } from './decide.ts';
import { createOpenings, type OpeningParts, opensQuestion } from './openings.ts';
import { decidedRecord, type RecordParts } from './records.ts';
import { createSettle, type Reserving } from './settle.ts';

export interface AuditParts extends RecordParts, OpeningParts {
  readonly guards: readonly (GuardRole & Reserving)[];
  readonly journal: Journal;
  readonly counters: Counters;
  readonly coalescer: Coalescer;
  readonly approvals: Config['approvals'];
  readonly observer: Observer;
}

/** The station that alone can release a call: it commits the decision, and only then answers. */
export interface Audit {
  /** Decides over the complete envelope and records it. Without a durable record the answer is a refusal. */
  release(envelope: Envelope): Promise<Release>;
  /** Closes a decision request that nobody waits for: a deny if nothing is decided yet, `call.not_run` if an allow already won. */
  expire(envelope: Envelope, reason: string): Promise<void>;
}

type Recording = AuditParts & { readonly agentName: ReturnType<typeof createAgentNames> };

const unavailable = denied(
  'audit_unavailable',
  'audit',
  'The decision could not be recorded, so the call was refused. Try again later.',
);

/** Builds the audit station over its ports. */
export function createAudit(parts: AuditParts): Audit {
  const settle = createSettle(parts);
  const recording = { ...parts, agentName: createAgentNames() };

  const released = (call: Call, decision: Decision, position: number | null): Release => ({
    callId: call.callId,
    boot: call.gateway.boot,
    digest: call.digest,
    decision,
    position,
  });

  const open = createOpenings(parts, (envelope, decision) => commitDecision(recording, envelope, decision));

  async function record(envelope: Envelope, decision: Decision): Promise<Release> {
    return answered(envelope, decision, await commitDecision(recording, envelope, decision));
  }

  async function answered(envelope: Envelope, decision: Decision, committed: Committed): Promise<Release> {
    const { call } = envelope;
    if (committed.status === 'committed') return released(call, decision, committed.first);
    if (committed.status === 'duplicate')
      return released(call, storedDecision(committed.events, decision), committed.events[0]?.sequence ?? null);
    if (decision.effect === 'deny') return released(call, unavailable, null);
    // Somebody else used or changed the approval first.
    return record(
      envelope,
      denied('approval_conflict', approver(envelope, decision), 'The approval was just used or changed. Call again.'),
    );
  }

  async function recordOrCount(envelope: Envelope, decision: Decision): Promise<Release> {
    if (parts.coalescer.takes(envelope, decision)) return released(envelope.call, decision, null);
    return record(envelope, decision);
  }

  /** A decision that asks people waits for the questions of the same requester before it. */
  async function decided(envelope: Envelope): Promise<Release> {
    const first = decide(parts.guards, envelope);
    if (!opensQuestion(first)) return recordOrCount(envelope, first);
    const { envelope: judged, decision, committed } = await open(envelope, first);
    return committed === null ? recordOrCount(judged, decision) : answered(judged, decision, committed);
  }

  return {
    async release(envelope) {
      const decision = await decided(envelope).catch((error: unknown) => {
        parts.observer.incident('audit_unavailable', String(error));
        return released(envelope.call, unavailable, null);
      });
      await settle(envelope, decision.decision);
      return decision;
    },
    async expire(envelope, reason) {
      // Never only counted: it is what keeps an allow that comes later from winning.
      const decision = denied(reason, 'audit');
      const { decision: won } = await record(envelope, decision);
      if (won.effect === 'allow') await parts.journal.commit(notRunCommit(parts, envelope.call, reason));
    },
  };
}

async function commitDecision(parts: Recording, envelope: Envelope, decision: Decision): Promise<Committed> {
  const { call } = envelope;
  const elapsedUs = Math.max(0, Math.round((parts.clock.now() - call.receivedAt) * 1000));
  const [{ event, sealed }, approval] = await Promise.all([
    decidedRecord(parts, envelope, decision, elapsedUs),
    approvalWrites(parts, envelope, decision),
  ]);
  const committed = await parts.journal.commit({
    tenant: call.tenant,
    commandId: `decided/${call.callId}`,
    writes: [{ stream: `call/${call.callId}`, expectedVersion: 0, events: [event] }, ...approval.writes],
    sealed: [...sealed, ...approval.sealed],
  });
  if (committed.status === 'committed')
    for (const { stream, events, expectedVersion } of approval.writes)
      parts.projection.apply(stream, events, expectedVersion + 1);
  return committed;
}

/** The guard whose verdict names the approval of a decision. */
function approver({ verdicts }: Envelope, { guard }: Decision): string {
  return verdicts.find((verdict) => 'approval' in verdict && verdict.shadow !== true)?.guard ?? guard;
}

/**
 * The decision that the first commit for this call wrote. Advice is not on record, so a repeated deny has a plain one; a hold
 * waits for the approval that was opened then.
 */
function storedDecision(events: readonly StoredEvent[], asked: Decision): Decision {
  const first = events.find(({ type }) => type === 'call.decided');
  if (first === undefined) return unavailable;
  const { data } = readCloudEvent<EventData['call.decided']>(first.bytes);
  if (data.decision === 'hold' && asked.effect === 'hold')
    return { ...asked, approval: data.approval === null ? null : { ...data.approval, version: 1 } };
  if (data.decision === asked.effect && data.reason === asked.reason) return asked;
  if (data.decision === 'allow') return { effect: 'allow', reason: 'allowed', guard: data.guard, approval: null };
  return denied(data.reason, data.guard);
}

/** The commit that says of an allowed call that it was not sent. */
export function notRunCommit(parts: EventParts, call: Call, reason: string): Commit {
  const data = { tenant: call.tenant, reason, gateway: { ...call.gateway } };
  const event = newEvent(parts, {
    type: 'call.not_run',
    source: `/gateway/${call.gateway.boot}`,
    traceparent: call.traceparent,
    data,
  });
  return commitOf(event, { stream: `call/${call.callId}`, commandId: `outcome/${call.callId}` });
}
