import { UpstreamUnavailable } from '@sallyport/contracts';
import type { JsonObject } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { isLegacy, NEWEST_LEGACY } from '@sallyport/mcp';
import type { ClientInfo } from '../managed-upstream.ts';
import { readInstructions } from './instructions.ts';

/** Milliseconds. An upstream that is slow to take `notifications/initialized` keeps no call waiting for longer. */
export const INITIALIZED_MS = 1_000;
export const NO_VERSION = 'the upstream speaks no protocol version of ours';

/** `params` of `initialize`; `capabilities` is what the upstream may ask of the client. */
export function initializeParams({ name, version, extensions }: ClientInfo, capabilities: JsonObject): JsonObject {
  return {
    protocolVersion: NEWEST_LEGACY,
    capabilities: extensions === undefined ? capabilities : { ...capabilities, extensions },
    clientInfo: { name, version },
  };
}

/** What a server said of itself when it was greeted. */
export interface Greeting {
  readonly instructions: string | null;
  /** What it offers; empty for nothing. */
  readonly capabilities: JsonObject;
}

/** Reads the greeting in a result of `initialize` or `server/discover`. */
export function readGreeting(result: JsonObject): Greeting {
  const { capabilities } = result;
  return { instructions: readInstructions(result), capabilities: isObject(capabilities) ? capabilities : {} };
}

/** Reads the result of `initialize`: the revision that it settled on, too. Throws `UpstreamUnavailable`. */
export function readWelcome(result: JsonObject): Greeting & { readonly version: string } {
  const version = result['protocolVersion'];
  if (!isLegacy(version)) throw new UpstreamUnavailable(NO_VERSION);
  return { version, ...readGreeting(result) };
}
