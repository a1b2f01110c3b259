import { type EventData, isOperator } from '@sallyport/contracts';
import type { ApprovalEvent, ApprovalEventType, ApprovalState, CastVote, Person } from './approval-state.ts';
import { isSame, mayBeSamePerson, mayVote } from './eligibility.ts';
import { evolve } from './evolve.ts';

/** What somebody wants. Times are milliseconds since the epoch; who may do what is judged from the facts given here. */
export type ApprovalCommand =
  | { readonly type: 'request'; readonly data: EventData['approval.requested'] }
  /** `client`: the pseudonym of the client that the voter's token names. */
  | ({ readonly type: 'vote'; readonly client: string | null } & CastVote)
  | { readonly type: 'consume'; readonly callId: string; readonly at: number }
  /** `superseded`: the tool, the objects or the policies are no longer those that were asked about. */
  | { readonly type: 'expire'; readonly at: number; readonly superseded?: boolean }
  | { readonly type: 'cancel'; readonly by: Person }
  /** What the question holds is erased. */
  | { readonly type: 'erase' };

export type ApprovalRefusal =
  | 'unknown'
  | 'exists'
  | 'closed'
  | 'already_approved'
  | 'not_approved'
  | 'too_late'
  | 'operator'
  | 'agent'
  | 'same_person'
  | 'not_eligible'
  | 'already_voted'
  | 'not_requester'
  | 'not_due';

/** An event without its place and time: who writes it adds them. */
export type ApprovalFact = {
  [Type in ApprovalEventType]: { readonly type: Type; readonly data: EventData[Type] };
}[ApprovalEventType];

export type ApprovalDecision =
  | { readonly accepted: true; readonly events: readonly ApprovalFact[] }
  | { readonly accepted: false; readonly refusal: ApprovalRefusal };

const initialState: ApprovalState = { status: 'none' };

/**
 * Judges a command by the state alone: no clock, no store.
 *
 * @returns the events to append, or why not; never throws
 */
function decide(state: ApprovalState, command: ApprovalCommand): ApprovalDecision {
  if (command.type === 'request') {
    return state.status === 'none' ? accept({ type: 'approval.requested', data: command.data }) : refuse('exists');
  }
  if (state.status === 'none') return refuse('unknown');
  if (state.status !== 'requested' && state.status !== 'approved') return refuse('closed');
  switch (command.type) {
    case 'vote':
      return vote(state, command);
    case 'consume':
      return consume(state, command);
    case 'erase':
      return accept({ type: 'approval.expired', data: { ...place(state), reason: 'subject_erased' } });
    case 'expire':
      return expire(state, command);
    default:
      return cancel(state, command);
  }
}

type Open = Extract<ApprovalState, { status: 'requested' | 'approved' }>;
type Of<Type extends ApprovalCommand['type']> = Extract<ApprovalCommand, { type: Type }>;

function vote(state: Open, command: Of<'vote'>): ApprovalDecision {
  const { question } = state;
  const { voter, roles, answer, channel, at } = command;
  const unfit = unfitVoter(question, command);
  if (unfit !== null) return refuse(unfit);
  if (state.status === 'approved') return refuse('already_approved');
  if (at > question.decideBy) return refuse('too_late');
  if (state.votes.some((earlier) => mayBeSamePerson(earlier.voter, voter))) return refuse('already_voted');
  const asked = new Set(question.needs.map(({ group }) => group));
  const data = {
    ...{ ...place(state), voter: person(voter), answer, channel, call: question.digest },
    roles: [...new Set(roles.filter((role) => asked.has(role)))],
  };
  return accept({ type: 'approval.voted', data });
}

/** Why somebody's vote does not count. The operator may stop anything and approve nothing. */
function unfitVoter(
  question: Open['question'],
  { voter, roles, answer, channel, client }: Of<'vote'>,
): ApprovalRefusal | null {
  if (isOperator(voter)) return answer === 'reject' ? null : 'operator';
  // Through elicitation the client shows its user a form; by any other way its token would answer for the user.
  if (client !== null && client === question.agent && channel !== 'elicitation') return 'agent';
  if (mayVote(question, voter, roles)) return null;
  return mayBeSamePerson(voter, question.requester) ? 'same_person' : 'not_eligible';
}

function consume(state: Open, { callId, at }: Of<'consume'>): ApprovalDecision {
  if (state.status !== 'approved') return refuse('not_approved');
  if (at > state.executeBy) return refuse('too_late');
  return accept({ type: 'approval.consumed', data: { ...place(state), call_id: callId } });
}

function expire(state: Open, { at, superseded = false }: Of<'expire'>): ApprovalDecision {
  const due = state.status === 'requested' ? state.question.decideBy : state.executeBy;
  if (!superseded && at <= due) return refuse('not_due');
  const late = state.status === 'requested' ? 'decide_by' : 'execute_by';
  return accept({ type: 'approval.expired', data: { ...place(state), reason: superseded ? 'superseded' : late } });
}

function cancel(state: Open, { by }: Of<'cancel'>): ApprovalDecision {
  if (!isSame(by, state.question.requester)) return refuse('not_requester');
  return accept({ type: 'approval.cancelled', data: { ...place(state), by: person(by) } });
}

function place({ question }: Open): { tenant: string; approval: string } {
  return { tenant: question.tenant, approval: question.id };
}

function person({ ref, issuer, likeness }: Person): Person {
  return { ref, issuer, ...(likeness !== undefined && { likeness }) };
}

function accept(event: ApprovalFact): ApprovalDecision {
  return { accepted: true, events: [event] };
}

function refuse(refusal: ApprovalRefusal): ApprovalDecision {
  return { accepted: false, refusal };
}

/** The life of one approval as three pure functions. */
export const approval = { initialState, decide, evolve } as const;

export type { ApprovalEvent };
