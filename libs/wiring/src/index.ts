export { type ConfigAnswer, type FileProblem, loadConfig, type LoadedConfig, NotServed } from '@sallyport/config';
export type { PolicyCaseResult } from '@sallyport/policy';
export { runProgram } from './run-program.ts';
export { serve, type Served } from './serve.ts';
export { stdio } from './stdio.ts';
export { type CheckedPolicies, checkConfig, checkPolicies, testPolicies } from './dry-run.ts';
export { type Runtime, systemClock } from '@sallyport/runtime';
