export type { CrossCheck } from './closure/closure-engine.ts';
export { compilePolicies, policyDigest, policyText } from './compile-policies.ts';
export { type PolicyCase, type PolicyCaseResult, runPolicyTests } from './policy-tests.ts';
export type { Opinion } from './engine.ts';
export type { PolicyFile } from './policy-text.ts';
export type { PolicyProblem } from './problem.ts';
