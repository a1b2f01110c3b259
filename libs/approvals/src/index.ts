export { createApprovals, type ApprovalQuestion, type ApprovalsPort, type ApprovalsParts } from './approvals.ts';
