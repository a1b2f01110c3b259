export { whom } from './approval-refusal-text.ts';
export { createNotifier } from './notifier.ts';
export { createApprovals, type ApprovalsPort, type ApprovalsParts, type WaitingQuestion } from './approvals.ts';
