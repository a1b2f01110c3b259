import type { ApprovalRefusal } from './approval.decider.ts';

const sentences: Readonly<Record<ApprovalRefusal, string>> = {
  unknown: 'There is no such approval.',
  exists: 'This approval was asked for already.',
  closed: 'This approval is closed.',
  already_approved: 'This approval has been granted already.',
  not_approved: 'This approval has not been granted.',
  too_late: 'The time for this has passed.',
  not_eligible: 'You may not vote on this approval.',
  already_voted: 'You have voted on this approval already.',
  not_requester: 'Only the person who asked may take this back.',
  not_due: 'This approval has not run out yet.',
};

/** A refusal as one sentence for a person. */
export function say(refusal: ApprovalRefusal): string {
  return sentences[refusal];
}
