export { GatewayModule } from './gateway.module.ts';
export type { GatewayOptions } from './options.ts';
export { createStdioDoor, type StdioDoor, type StdioDoorOptions } from './stdio-door.ts';
export type { SessionLimits } from './sessions.ts';
export { countFailures } from './http-gate.ts';
