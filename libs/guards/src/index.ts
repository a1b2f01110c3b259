export { guards } from './guards.ts';
export { guardsDigest } from './guards-digest.ts';
export { defineGuard, type GuardDefinition } from './define-guard.ts';
export { allow, deny, hold, pass } from './opinions.ts';
export {
  noSuchTool,
  probeCallId,
  type ProbeCall,
  probeEnvelope,
  probeSubject,
  type ProbeTool,
} from './probe-envelope.ts';
export { argumentFacts, type ArgumentFacts, type NamedObject } from './argument-facts.ts';
