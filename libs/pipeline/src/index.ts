export { callTool, type CallToolParts } from './call-tool.ts';
export {
  type AskingCall,
  type ClientRequestParts,
  type ClientRequests,
  createClientRequests,
} from './client-requests/client-requests.ts';
export { judge, type JudgeOptions, type BoundGuard } from './judge.ts';
export { createCallFactory, envelopeOf, type CallFactoryParts } from './open.ts';
export { createFactGatherer, type FactParts, type Gatherer } from './facts.ts';
export { type Audit, type AuditParts, createAudit } from './audit.ts';
export type { ApprovalProjection } from './openings.ts';
export { createCoalescer, type Coalescer, type CoalescerParts } from './coalescer.ts';
export { createEmbeddedDecisionService } from './embedded-decision-service.ts';
export { createOutcomeRecorder, type OutcomeParts, type OutcomeRecorder } from './outcome.ts';
export { createListing, type ListingParts } from './listing.ts';
export { newEvent, type RecordParts } from './records.ts';
export { selfCheck, type SelfCheckParts } from './self-check.ts';
export { sweep, type SweepParts } from './sweep.ts';
export { checkFloods } from './check-floods.ts';
export { checkClientRequests } from './client-requests/check-client-requests.ts';
export { checkResolvers, type CheckResolversParts } from './check-resolvers.ts';
export { type AppendBudget, createAppendBudget, subjectOf } from './append-budget.ts';
export { type Counted, createCounting, type Counting, type Flushed, VARIOUS } from './counted.ts';
export { type Attempts, createAttempts, requestUnits } from './attempts.ts';
export { createFairPlaces, type FairPlaces } from './fair-places.ts';
export { createRefusedRequests, type RefusedRequests, type RefusedRequestsParts } from './refused-requests.ts';
export { createEndLeases } from './settle.ts';
