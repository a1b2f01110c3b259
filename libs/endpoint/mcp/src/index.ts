export { connectLink, whomOf } from './connect/connect-link.ts';
export type { ConnectOptions, IssuerSignIn } from './connect/connect-options.ts';
export { ConnectModule } from './connect/connect.module.ts';
export type { SignInAt } from './protocol/mcp-request.ts';
export { GatewayModule } from './http/gateway.module.ts';
export { createStdioEndpoint, type StdioEndpoint } from './stdio/stdio-endpoint.ts';
export { countFailures } from './http/http-admission.ts';
export { createRelayedClient, endingText, type RelayedClient } from './stdio/relayed-client.ts';
