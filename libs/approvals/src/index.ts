export { createApprovals, type ApprovalQuestion, type ApprovalsDesk, type ApprovalsParts } from './approvals.ts';
