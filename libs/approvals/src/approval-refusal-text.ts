import type { ApprovalNeed } from '@sallyport/contracts';
import type { ApprovalRefusal } from './approval.decider.ts';

type Sentence = string | ((needs: readonly ApprovalNeed[]) => string);

const sentences: Readonly<Record<ApprovalRefusal, Sentence>> = {
  unknown: 'There is no such approval.',
  exists: 'This approval was asked for already.',
  closed:
    'This approval is closed: it was used, rejected, taken back or ran out. A call that still needs a yes asks again.',
  already_approved: 'This approval has been granted already.',
  not_approved: 'This approval has not been granted.',
  too_late: 'The time for this has passed.',
  operator: (needs) =>
    `This needs ${whom(needs)}. The operator's token is shared, so its yes is nobody's: it can reject, not approve. Vote with a token of your own (--token or SALLYPORT_TOKEN).`,
  agent: (needs) =>
    `This needs ${whom(needs)}. Your token is of the client that made the call, so its vote would be the agent's. Sign in with another client, such as the command line's own, and vote with that token.`,
  same_person: (needs) =>
    `This needs ${whom(needs)}. Your id reads like the requester's; at whatever issuer, that counts as the same person. Somebody with another id must vote.`,
  not_eligible: (needs) => `This needs ${whom(needs)}. Your token is not of such a person, so you may not vote on it.`,
  already_voted:
    'You have voted on this approval already. An id that reads the same at another issuer is the same person.',
  not_requester: 'Only the person who asked may take this back.',
  not_due: 'This approval has not run out yet.',
};

/** A refusal as text for a person: what happened, why, and what would do. */
export function approvalRefusalText(refusal: ApprovalRefusal, needs: readonly ApprovalNeed[] = []): string {
  const sentence = sentences[refusal];
  return typeof sentence === 'string' ? sentence : sentence(needs);
}

/** Whose yes is needed, in words. */
export function whom(needs: readonly ApprovalNeed[]): string {
  return needs.map(whomOne).join(' and ');
}

function whomOne({ who, count, group }: ApprovalNeed): string {
  if (who === 'self') return "the yes of the requester's own account";
  if (who === 'group') return `${count} of ${group ?? 'a group'} other than the requester`;
  return count === 1 ? 'one person other than the requester' : `${count} people other than the requester`;
}
