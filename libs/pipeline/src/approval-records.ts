import {
  type ApprovalNeed,
  type ApprovalUse,
  type Call,
  type Config,
  type Decision,
  type Envelope,
  type EventData,
  type Facts,
  likenessName,
  type NewEvent,
  personName,
  type Requirement,
  type SealedValue,
  type Write,
  targetText,
} from '@sallyport/contracts';
import { canonical, likeness } from '@sallyport/base';
import { newEvent, seal, sealedIn } from '@sallyport/journal';
import type { RecordParts } from './records.ts';

export interface ApprovalWrites {
  readonly writes: readonly (Write & { readonly expectedVersion: number })[];
  readonly sealed: readonly SealedValue[];
}

type Parts = RecordParts & { readonly approvals: Config['approvals'] };
const nothing: ApprovalWrites = { writes: [], sealed: [] };

/**
 * What a decision does to approvals, for the same commit: a hold that opens one requests it, ends those that it replaces and
 * is counted at its requester; an allow that uses one consumes it. All at the versions that were read, which is what
 * makes a question the only one of its call, and an approval single use.
 */
export async function approvalWrites(parts: Parts, envelope: Envelope, decision: Decision): Promise<ApprovalWrites> {
  if (decision.effect === 'deny' || decision.approval === null) return nothing;
  const { approval } = decision;
  if (decision.effect === 'allow') return consumed(parts, envelope, approval);
  return approval.act === 'open' ? opened(parts, envelope, { ...decision, approval }) : nothing;
}

function consumed(parts: Parts, { call }: Envelope, { id, version }: ApprovalUse): ApprovalWrites {
  const data = { tenant: call.tenant, approval: id, call_id: call.callId };
  const event = newEvent(parts, { type: 'approval.consumed', source: '/audit', traceparent: call.traceparent, data });
  return { writes: [{ stream: `approval/${id}`, expectedVersion: version, events: [event] }], sealed: [] };
}

type Opening = Extract<Decision, { effect: 'hold' }> & { readonly approval: ApprovalUse };

async function opened(parts: Parts, envelope: Envelope, { requirements, approval }: Opening): Promise<ApprovalWrites> {
  const { tenant, subject, traceparent } = envelope.call;
  const { directory } = parts;
  const ref = await directory.refOf(tenant, 'sub', personName(subject));
  const alike = await directory.refOf(tenant, 'sub', likenessName(likeness(subject.id)));
  const requester = { ref, issuer: subject.issuer, likeness: alike };
  const question = seal(parts, requirements.map(({ ask }) => ask).join('\n'));
  const objects = envelope.facts.resources.length === 0 ? null : seal(parts, objectsText(envelope.facts));
  const asking = { requirements, id: approval.id, requester, ask: question.commitment, objects: objects?.commitment };
  const asked = await requestedEvent(parts, envelope, asking);
  const data = { tenant, approval: approval.id, requester };
  const counted = newEvent(parts, { type: 'approval.opened', source: '/audit', traceparent, data });
  return {
    writes: [
      { stream: `approval/${approval.id}`, expectedVersion: 0, events: [asked] },
      ...(approval.replaces ?? []).map((old) => superseded(parts, envelope.call, old)),
      // Last: who has read it has read everything before.
      { stream: `approval/${ref}`, expectedVersion: approval.asked ?? 0, events: [counted] },
    ],
    sealed: [
      sealedIn({ event: asked, field: 'ask', subject: ref }, question),
      ...(objects === null ? [] : [sealedIn({ event: asked, field: 'objects', subject: ref }, objects)]),
    ],
  };
}

function superseded(parts: Parts, { tenant, traceparent }: Call, { id, version }: { id: string; version: number }) {
  const data = { tenant, approval: id, reason: 'superseded' as const };
  const event = newEvent(parts, { type: 'approval.expired', source: '/audit', traceparent, data });
  return { stream: `approval/${id}`, expectedVersion: version, events: [event] };
}

interface Asking {
  readonly id: string;
  readonly requirements: readonly Requirement[];
  readonly requester: EventData['approval.requested']['requester'];
  /** Commitments to the question and to the objects that it is about. */
  readonly ask: string;
  readonly objects: string | undefined;
}

async function requestedEvent(
  parts: Parts,
  { call, factsDigest }: Envelope,
  { id, requirements, requester, ask, objects }: Asking,
): Promise<NewEvent<'approval.requested'>> {
  const { tenant, callId, digest, definition, upstream, target, agent, traceparent } = call;
  const data = {
    tenant,
    approval: id,
    call_id: callId,
    call: digest,
    definition,
    resources: factsDigest,
    requester,
    ...(agent.verified && { agent: await parts.directory.refOf(tenant, 'cli', agent.id) }),
    upstream,
    tool: targetText(target),
    needs: requirements.map(needOf),
    ask,
    ...(objects !== undefined && { objects }),
    decide_by: new Date(parts.clock.now() + parts.approvals.decide_within).toISOString(),
    execute_within_ms: parts.approvals.execute_within,
  };
  return newEvent(parts, { type: 'approval.requested', source: '/audit', traceparent, data });
}

/** What was found of the objects, whole: a question may show some values in part. */
function objectsText({ resources }: Facts): string {
  return canonical(
    resources.map(({ type, id, owner, version, attributes }) => ({
      type,
      id,
      owner,
      version,
      attributes: { ...attributes },
    })),
  );
}

/** A requirement without the question, which holds values. */
function needOf({ who, count, group, rule, policy }: Requirement): ApprovalNeed {
  return { who, count, group, rule, ...(policy !== undefined && { policy }) };
}
