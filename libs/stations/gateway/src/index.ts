export { GATEWAY_DOOR, GatewayModule } from './gateway.module.ts';
export { createHttpDoor, type HttpDoor } from './http-door.ts';
export { mountGateway } from './mount.ts';
export type { GatewayMetrics, GatewayOptions } from './options.ts';
export { createStdioDoor, type StdioDoor, type StdioDoorOptions } from './stdio-door.ts';
export { AskRefused } from './asks.ts';
export { methodTable, type Treatment } from './method-table.ts';
export type { SessionLimits } from './sessions.ts';
export type { FloodLimit } from './flood.ts';
