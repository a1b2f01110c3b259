export type { CrossCheck } from './closure/closure-engine.ts';
export { type CompiledPolicies, compilePolicies, policyDigest, type PolicySource } from './compile-policies.ts';
export {
  type CaseFacts,
  type PolicyCase,
  type PolicyCaseResult,
  type PolicyTestOptions,
  runPolicyTests,
} from './policy-tests.ts';
export type { Opinion } from './engine.ts';
export type { PolicyFile } from './policy-text.ts';
export type { PolicyProblem } from './problem.ts';
