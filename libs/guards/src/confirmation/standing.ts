import type { ApprovalView, Envelope, Requirement } from '@sallyport/contracts';
import { resourcesDigest } from '@sallyport/strict-json';

/** What people have said of exactly this call, as far as it still counts. */
export interface Standing {
  readonly says: 'approved' | 'waiting' | 'rejected';
  readonly view: ApprovalView;
}

interface Question {
  readonly envelope: Envelope;
  readonly requirements: readonly Requirement[];
  /** Wall clock, milliseconds. */
  readonly now: number;
  readonly refuseAgainFor: number;
}

/**
 * The newest approval that still says something about a call: granted and not too old, open, or refused a moment ago.
 *
 * @param views newest first
 * @returns null where people have to be asked
 */
export function standing(views: readonly ApprovalView[], question: Question): Standing | null {
  for (const view of views) {
    const says = saysOf(view, question);
    if (says !== null) return { says, view };
  }
  return null;
}

function saysOf(view: ApprovalView, question: Question): Standing['says'] | null {
  if (!isOfCall(view, question.envelope)) return null;
  if (view.status === 'rejected') return isFresh(view, question) ? 'rejected' : null;
  if (!isOfThis(view, question)) return null;
  if (view.status === 'approved') return view.executeBy !== null && question.now < view.executeBy ? 'approved' : null;
  return view.status === 'requested' && question.now < view.decideBy ? 'waiting' : null;
}

/** The read model was asked for this call; what it answers is checked all the same. */
function isOfCall({ tenant, digest, requester }: ApprovalView, { call }: Envelope): boolean {
  return (
    tenant === call.tenant &&
    digest === call.digest &&
    requester.subject === call.subject.id &&
    requester.issuer === call.subject.issuer
  );
}

/** The same tool definition, the same versions of the objects, and nobody is needed who was not asked. */
function isOfThis({ definition, resources, needs }: ApprovalView, { envelope, requirements }: Question): boolean {
  if (definition !== envelope.call.definition || resources !== resourcesDigest(envelope.facts)) return false;
  return requirements.every(({ rule, who, count, group }) =>
    needs.some((need) => need.rule === rule && need.who === who && need.count === count && need.group === group),
  );
}

function isFresh({ votes, requestedAt }: ApprovalView, { now, refuseAgainFor }: Question): boolean {
  const rejected = votes.filter(({ answer }) => answer === 'reject').map(({ at }) => at);
  return now - Math.max(requestedAt, ...rejected) < refuseAgainFor;
}
