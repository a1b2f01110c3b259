/** The stateless revision, which every request names in its `_meta`. */
export const MODERN = '2026-07-28';

/** The revisions with a handshake and sessions, newest first. */
export const LEGACY: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

/** The one that upstreams are offered first. */
export const NEWEST_LEGACY = '2025-11-25';

/** True for the revisions with a handshake. */
export function isLegacy(version: unknown): version is string {
  return LEGACY.some((known) => known === version);
}

export type Era = 'modern' | 'legacy';

/** Reserved keys of `_meta` (2026-07-28, basic/index). */
export const metaKeys = {
  version: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  capabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  /** Ours: what was decided, for machines. */
  decision: 'dev.sallyport/decision',
  /** Ours: of `subscriptions/listen`, the resources that are not told of, or no more, each with why. */
  untold: 'dev.sallyport/untold',
} as const;

/** JSON-RPC 2.0 section 5.1 and MCP 2026-07-28. */
export const errorCodes = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Ours, for a call that is refused and has no result that could say so. */
  refused: -32000,
  /** Of the revisions before 2026-07-28. */
  resourceNotFound: -32002,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const;

/** RFC 5424 severities as MCP names them, least severe first. */
export const logLevels: readonly string[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
];
