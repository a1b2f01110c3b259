export { type ConfigAnswer, loadConfig, type LoadedConfig } from './config.ts';
export type { FileProblem } from './config-problems.ts';
export { houseTenant } from './frame.ts';
export type { House } from './house.ts';
export { NotServed, problemText, serve, type Served, type ServeOptions } from './serve.ts';
export { NobodyThere, stdio, type StdioOptions } from './stdio.ts';
export { version } from './version.ts';
export { checkConfig, checkPolicies, testPolicies } from './rehearse.ts';
export { systemClock, systemIds } from './system.ts';
