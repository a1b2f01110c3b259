export { whom } from './approval-refusal-text.ts';
export { createNotifier, type Notifier } from './notifier.ts';
export {
  createApprovals,
  type ApprovalQuestion,
  type ApprovalsPort,
  type ApprovalsParts,
  type WaitingQuestion,
} from './approvals.ts';
