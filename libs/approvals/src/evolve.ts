import type { ApprovalEvent, ApprovalState, AskedState, CastVote, Question } from './approval-state.ts';
import { areMet } from './eligibility.ts';

type Of<Type extends ApprovalEvent['type']> = Extract<ApprovalEvent, { type: Type }>;

/**
 * The state after an event. An event that does not fit leaves the state as it is, but for consumption: whatever was
 * consumed is spent, even where the log should not have let it.
 */
export function evolve(state: ApprovalState, event: ApprovalEvent): ApprovalState {
  if (event.type === 'approval.requested') {
    return state.status === 'none' ? { status: 'requested', question: questionOf(event), votes: [] } : state;
  }
  if (state.status === 'none' || state.status === 'consumed') return state;
  if (event.type === 'approval.consumed') return consumed(state, event);
  return state.status === 'requested' || state.status === 'approved' ? changed(state, event) : state;
}

function changed(
  state: Extract<ApprovalState, { status: 'requested' | 'approved' }>,
  event: Exclude<ApprovalEvent, Of<'approval.requested'> | Of<'approval.consumed'>>,
): ApprovalState {
  switch (event.type) {
    case 'approval.voted':
      return state.status === 'requested' ? voted(state, voteOf(event)) : state;
    case 'approval.expired':
      return { ...asked(state), status: 'expired', reason: event.data.reason };
    default:
      return { ...asked(state), status: 'cancelled' };
  }
}

function voted(
  { question, votes: earlier }: Extract<ApprovalState, { status: 'requested' }>,
  vote: CastVote,
): ApprovalState {
  const votes = [...earlier, vote];
  if (vote.answer === 'reject') return { status: 'rejected', question, votes };
  if (!areMet(question, votes)) return { status: 'requested', question, votes };
  return { status: 'approved', question, votes, executeBy: vote.at + question.executeWithinMs };
}

function consumed(
  state: Exclude<AskedState, { status: 'consumed' }>,
  { data }: Of<'approval.consumed'>,
): ApprovalState {
  const executeBy = state.status === 'approved' ? state.executeBy : null;
  return { ...asked(state), status: 'consumed', executeBy, consumedBy: data.call_id };
}

function asked({ question, votes }: AskedState): { question: Question; votes: readonly CastVote[] } {
  return { question, votes };
}

function voteOf({ time, data: { voter, roles, answer, channel } }: Of<'approval.voted'>): CastVote {
  return { voter, roles, answer, channel, at: Date.parse(time) };
}

function questionOf({ time, data }: Of<'approval.requested'>): Question {
  const { approval, tenant, call_id, call, decide_by, execute_within_ms, definition, resources, ...rest } = data;
  const { requester, agent = null, upstream, tool, needs } = rest;
  return {
    id: approval,
    tenant,
    callId: call_id,
    digest: call,
    definition,
    resources,
    requester,
    agent,
    upstream,
    tool,
    needs,
    requestedAt: Date.parse(time),
    decideBy: Date.parse(decide_by),
    executeWithinMs: execute_within_ms,
  };
}
