import { UpstreamUnavailable } from '@sallyport/contracts';
import type { JsonObject } from '@sallyport/contracts';
import { isLegacy, NEWEST_LEGACY } from '@sallyport/mcp';
import type { ClientInfo } from '../managed-upstream.ts';
import { readInstructions } from './instructions.ts';

/** Milliseconds. An upstream that is slow to take `notifications/initialized` keeps no call waiting for longer. */
export const INITIALIZED_MS = 1_000;
export const NO_VERSION = 'the upstream speaks no protocol version of ours';

/** `params` of `initialize`; `capabilities` is what the upstream may ask of the client. */
export function initializeParams(clientInfo: ClientInfo, capabilities: JsonObject): JsonObject {
  return { protocolVersion: NEWEST_LEGACY, capabilities, clientInfo: { ...clientInfo } };
}

/** Reads the result of `initialize`: the revision that it settled on, and what the server said of itself. Throws `UpstreamUnavailable`. */
export function readWelcome(result: JsonObject): { readonly version: string; readonly instructions: string | null } {
  const version = result['protocolVersion'];
  if (!isLegacy(version)) throw new UpstreamUnavailable(NO_VERSION);
  return { version, instructions: readInstructions(result) };
}
