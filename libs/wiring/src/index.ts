export { type ConfigAnswer, type FileProblem, loadConfig, type LoadedConfig, NotServed } from '@sallyport/config';
export type { PolicyCaseResult } from '@sallyport/policy';
export { runProgram } from './run-program.ts';
export { serve, type Served, type ServeOptions } from './serve.ts';
export { CallerUnknown } from './caller-unknown.ts';
export { stdio, type StdioOptions } from './stdio.ts';
export { type CheckedPolicies, checkConfig, checkPolicies, testPolicies } from './dry-run.ts';
export { type Runtime, systemClock } from '@sallyport/runtime';
