export { GatewayModule } from './gateway.module.ts';
export type { GatewayOptions } from './options.ts';
export { createStdioEndpoint, type StdioEndpoint, type StdioEndpointOptions } from './stdio-endpoint.ts';
export type { SessionLimits } from './sessions.ts';
export { countFailures } from './http-admission.ts';
