export {
  approval,
  type ApprovalCommand,
  type ApprovalDecision,
  type ApprovalFact,
  type ApprovalRefusal,
} from './approval.decider.ts';
export type { ApprovalEvent, ApprovalState, CastVote, Person } from './approval-state.ts';
export { createApprovals, type ApprovalQuestion, type ApprovalsDesk, type ApprovalsParts } from './approvals.ts';
