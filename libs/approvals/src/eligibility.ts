import type { ApprovalNeed } from '@sallyport/contracts';
import type { CastVote, Person, Question } from './approval-state.ts';

/** Says whether two people are one: a pseudonym stands for one subject of one issuer. */
export function isSame(one: Person, other: Person): boolean {
  return one.ref === other.ref && one.issuer === other.issuer;
}

/** Says whether a person may answer for one need: `self` is the requester, `other` and `group` never are. */
export function mayAnswer(need: ApprovalNeed, question: Question, voter: Person, roles: readonly string[]): boolean {
  const isRequester = isSame(voter, question.requester);
  switch (need.who) {
    case 'self':
      return isRequester;
    case 'other':
      return !isRequester;
    case 'group':
      return !isRequester && need.group !== null && roles.includes(need.group);
    default:
      return false; // a need that a later version wrote: nobody
  }
}

/** Says whether a person may vote at all: on at least one need. */
export function mayVote(question: Question, voter: Person, roles: readonly string[]): boolean {
  return question.needs.some((need) => mayAnswer(need, question, voter, roles));
}

/** Says whether every need has enough distinct people who may answer for it and said yes. No needs are never met. */
export function areMet(question: Question, votes: readonly CastVote[]): boolean {
  return question.needs.length > 0 && question.needs.every((need) => isMet(need, question, votes));
}

function isMet(need: ApprovalNeed, question: Question, votes: readonly CastVote[]): boolean {
  const people = new Set<string>();
  for (const { voter, roles, answer } of votes) {
    if (answer === 'approve' && mayAnswer(need, question, voter, roles)) people.add(`${voter.issuer}|${voter.ref}`);
  }
  return people.size >= Math.max(1, need.count);
}
