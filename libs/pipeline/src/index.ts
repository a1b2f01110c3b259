export { callTool, type CallToolParts } from './call-tool.ts';
export { judge, type JudgeOptions, type Seat } from './judge.ts';
export { decide, denied, type GuardRole } from './decide.ts';
export { callDigest, createMint, envelopeOf, type MintParts } from './open.ts';
export {
  type ArgumentFacts,
  createFactGatherer,
  type FactParts,
  type Gatherer,
  type NamedObject,
  resolve,
} from './facts.ts';
export { type Audit, type AuditParts, type ApprovalProjection, createAudit } from './audit.ts';
export { createCoalescer, type Coalescer, type CoalescerParts } from './coalescer.ts';
export { createEmbeddedCorridor } from './embedded-corridor.ts';
export { createOutcomeRecorder, type OutcomeParts, type OutcomeRecorder } from './outcome.ts';
export { createListing, type ListingParts } from './listing.ts';
export { newEvent, seal, type RecordParts } from './records.ts';
export { selfCheck, type SelfCheckParts } from './self-check.ts';
export { sweep, type SweepParts } from './sweep.ts';
export { checkResolvers, type CheckResolversParts } from './check-resolvers.ts';
