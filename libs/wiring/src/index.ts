export { type ConfigAnswer, loadConfig, type LoadedConfig } from './config.ts';
export type { PolicyCaseResult } from '@sallyport/policy';
export type { FileProblem } from './config-problems.ts';
export type { House } from './house.ts';
export { NotServed, serve, type Served, type ServeOptions } from './serve.ts';
export { NobodyThere, stdio, type StdioOptions } from './stdio.ts';
export { checkConfig, checkPolicies, testPolicies } from './rehearse.ts';
export { systemClock } from './system.ts';
