export { GatewayModule } from './http/gateway.module.ts';
export { createStdioEndpoint, type StdioEndpoint } from './stdio/stdio-endpoint.ts';
export { countFailures } from './http/http-admission.ts';
export { createRelayedClient, endingText, type RelayedClient } from './stdio/relayed-client.ts';
