import {
  type ApprovalNeed,
  type ApprovalUse,
  type Config,
  type Decision,
  type Envelope,
  likenessName,
  type NewEvent,
  personName,
  type Requirement,
  type SealedValue,
  type Write,
} from '@sallyport/contracts';
import { likeness } from '@sallyport/spelling';
import { newEvent, type RecordParts, seal } from './records.ts';

export interface ApprovalWrite {
  readonly write: Write;
  readonly event: NewEvent;
  readonly sealed: readonly SealedValue[];
}

/**
 * What a decision does to an approval, for the same commit: a hold that opens one requests it, an allow that uses one
 * consumes it at the version that was read, which is what makes it single use.
 */
export async function approvalWrite(
  parts: RecordParts & { readonly approvals: Config['approvals'] },
  envelope: Envelope,
  decision: Decision,
): Promise<ApprovalWrite | null> {
  if (decision.effect === 'deny' || decision.approval === null) return null;
  const { approval } = decision;
  if (decision.effect === 'allow') return consumed(parts, envelope, approval);
  return approval.act === 'open' ? requested(parts, envelope, { ...decision, approval }) : null;
}

function consumed(parts: RecordParts, { call }: Envelope, { id, version }: ApprovalUse): ApprovalWrite {
  const data = { tenant: call.tenant, approval: id, call_id: call.callId };
  const event = newEvent(parts, { type: 'approval.consumed', source: '/audit', traceparent: call.traceparent, data });
  return { event, write: { stream: `approval/${id}`, expectedVersion: version, events: [event] }, sealed: [] };
}

async function requested(
  parts: RecordParts & { readonly approvals: Config['approvals'] },
  { call, factsDigest }: Envelope,
  { requirements, approval }: Extract<Decision, { effect: 'hold' }> & { approval: ApprovalUse },
): Promise<ApprovalWrite> {
  const question = seal(parts, requirements.map(({ ask }) => ask).join('\n'));
  const { directory } = parts;
  const { tenant, subject, agent } = call;
  const ref = await directory.refOf(tenant, 'sub', personName(subject));
  const alike = await directory.refOf(tenant, 'sub', likenessName(likeness(subject.id)));
  const event = newEvent(parts, {
    type: 'approval.requested',
    source: '/audit',
    traceparent: call.traceparent,
    data: {
      tenant,
      approval: approval.id,
      call_id: call.callId,
      call: call.digest,
      definition: call.definition,
      resources: factsDigest,
      requester: { ref, issuer: subject.issuer, likeness: alike },
      ...(agent.verified && { agent: await directory.refOf(tenant, 'cli', agent.id) }),
      upstream: call.upstream,
      tool: call.tool,
      needs: requirements.map(needOf),
      ask: question.commitment,
      decide_by: new Date(parts.clock.now() + parts.approvals.decide_within).toISOString(),
      execute_within_ms: parts.approvals.execute_within,
    },
  });
  return {
    event,
    write: { stream: `approval/${approval.id}`, expectedVersion: 0, events: [event] },
    sealed: [{ event: event.id, field: 'ask', salt: question.salt, value: question.value }],
  };
}

/** A requirement without the question, which holds values. */
function needOf({ who, count, group, rule, policy }: Requirement): ApprovalNeed {
  return { who, count, group, rule, ...(policy !== undefined && { policy }) };
}
