import { type ApprovalNeed, isOperator } from '@sallyport/contracts';
import type { CastVote, Person, Question } from './approval-state.ts';

/** Says whether two pseudonyms are of one account: one subject of one issuer. */
export function isSame(one: Person, other: Person): boolean {
  return one.ref === other.ref && one.issuer === other.issuer;
}

/**
 * Says whether two accounts may be one person's: their ids read the same, at whatever issuer. Of an account without a
 * likeness nobody can say that it is somebody else's.
 */
export function mayBeSamePerson(one: Person, other: Person): boolean {
  if (one.likeness === undefined || other.likeness === undefined) return true;
  return isSame(one, other) || one.likeness === other.likeness;
}

/**
 * Says whether a person may answer for one need: `self` is the requester's very account, `other` and `group` nobody who
 * may be the requester. The operator's token is nobody.
 */
function mayAnswer(need: ApprovalNeed, question: Question, voter: Person, roles: readonly string[]): boolean {
  if (isOperator(voter)) return false;
  const isSomebodyElse = !mayBeSamePerson(voter, question.requester);
  switch (need.who) {
    case 'self':
      return isSame(voter, question.requester);
    case 'other':
      return isSomebodyElse;
    case 'group':
      return isSomebodyElse && need.group !== null && roles.includes(need.group);
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
  const people: Person[] = [];
  for (const { voter, roles, answer } of votes) {
    if (answer !== 'approve' || !mayAnswer(need, question, voter, roles)) continue;
    if (!people.some((counted) => mayBeSamePerson(counted, voter))) people.push(voter);
  }
  return people.length >= Math.max(1, need.count);
}
