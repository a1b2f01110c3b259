import { type ApprovalNeed, type ApprovalView, type Envelope, isFreshNo, type Requirement } from '@sallyport/contracts';

/** What people have said of exactly this call, as far as it still counts. */
export interface CurrentAnswer {
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
 * What still says something about a call: a no of a moment ago, whatever else was asked about the same call; else the newest
 * approval that is granted and not too old, or open.
 *
 * @param views newest first
 * @returns null where people have to be asked
 */
export function currentAnswer(views: readonly ApprovalView[], question: Question): CurrentAnswer | null {
  const found = views.flatMap((view): CurrentAnswer[] => {
    const says = saysOf(view, question);
    return says === null ? [] : [{ says, view }];
  });
  return found.find(({ says }) => says === 'rejected') ?? found[0] ?? null;
}

function saysOf(view: ApprovalView, question: Question): CurrentAnswer['says'] | null {
  if (!isOfCall(view, question.envelope)) return null;
  if (view.status === 'rejected') return isFreshNo(view, question) ? 'rejected' : null;
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

/**
 * What the question was about is still so: the tool's definition, every fact (owner, version and attributes of the objects),
 * and the policies that asked, word for word. With the call's digest these are all that a question can show.
 */
function isOfThis({ definition, resources, needs }: ApprovalView, { envelope, requirements }: Question): boolean {
  if (definition !== envelope.call.definition || resources !== envelope.factsDigest) return false;
  return requirements.every((requirement) => needs.some((need) => isSameNeed(need, requirement)));
}

function isSameNeed(need: ApprovalNeed, { rule, policy, who, count, group }: Requirement): boolean {
  const isSamePolicy = need.rule === rule && need.policy === policy;
  return isSamePolicy && need.who === who && need.count === count && need.group === group;
}
