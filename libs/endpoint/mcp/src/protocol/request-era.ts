import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { errorCodes, LEGACY, logLevels, metaKeys, MODERN, type RpcRequest } from '@sallyport/mcp';
import type { Fault } from './fault.ts';
import { clientCapabilities } from './client-capabilities.ts';

/** What a request of the stateless revision says of its client. */
export interface ModernEnvelope {
  readonly era: 'modern';
  readonly capabilities: JsonObject;
  /** As the client names itself. */
  readonly clientName: string | null;
  /** Index into `logLevels`; null where the client wants no log messages. */
  readonly logLevel: number | null;
}

/**
 * Which era a request belongs to, by its body first: `_meta` with a protocol version makes it modern (2026-07-28,
 * basic/versioning). The header must agree, and never decides alone.
 *
 * @param header the value of `MCP-Protocol-Version`; null on transports without headers
 */
export function readEra(request: RpcRequest, header: string | undefined | null): ModernEnvelope | 'legacy' | Fault {
  const meta = request.params['_meta'];
  const claimed = isObject(meta) ? meta[metaKeys.version] : undefined;
  if (claimed === undefined) return header === MODERN ? unclaimed(request) : legacy(header);
  if (header !== null && header !== claimed) return mismatch('MCP-Protocol-Version');
  if (claimed !== MODERN) return unsupported(claimed);
  return readEnvelope(meta as JsonObject);
}

function unclaimed({ method }: RpcRequest): Fault {
  return method === 'initialize' ? mismatch('MCP-Protocol-Version') : badMeta(metaKeys.version);
}

function legacy(header: string | undefined | null): 'legacy' | Fault {
  return typeof header !== 'string' || LEGACY.includes(header) ? 'legacy' : unsupported(header);
}

/** Why a message that is no request can't be of the revision that its header names. */
export function headerEra(header: string | string[] | undefined): Fault | null {
  return header === undefined || header === MODERN || LEGACY.includes(String(header))
    ? null
    : unsupported(String(header));
}

function readEnvelope(meta: JsonObject): ModernEnvelope | Fault {
  const capabilities = meta[metaKeys.capabilities];
  if (!isObject(capabilities)) return badMeta(metaKeys.capabilities);
  const clientInfo = meta[metaKeys.clientInfo];
  if (clientInfo !== undefined && !isObject(clientInfo)) return badMeta(metaKeys.clientInfo);
  const level = meta[metaKeys.logLevel];
  if (level !== undefined && logLevelOf(level) === null) return badMeta(metaKeys.logLevel);
  return {
    era: 'modern',
    capabilities: clientCapabilities(capabilities),
    clientName: nameOf(clientInfo),
    logLevel: logLevelOf(level),
  };
}

/** The severity of a level's name; null for any other value. */
export function logLevelOf(level: JsonValue | undefined): number | null {
  const index = typeof level === 'string' ? logLevels.indexOf(level) : -1;
  return index < 0 ? null : index;
}

/** Characters of a client's name for itself: a label, which may be kept for as long as its session. */
const longestName = 128;

/** The name in a `clientInfo`, what is printable of it; null where there is none. */
export function nameOf(clientInfo: JsonValue | undefined): string | null {
  const given = isObject(clientInfo) ? clientInfo['name'] : undefined;
  if (typeof given !== 'string') return null;
  const name = given.slice(0, 2 * longestName).replace(/[^\x20-\x7e]/g, '');
  return name === '' ? null : copied(name.slice(0, longestName));
}

/** A part of a string keeps the whole of it in memory. */
function copied(part: string): string {
  return Buffer.from(part).toString();
}

/** The body and a header that mirrors it disagree. */
export function mismatch(header: string): Fault {
  return {
    status: 400,
    code: errorCodes.headerMismatch,
    message: `The header ${header} is missing, malformed, or does not agree with the body.`,
    reason: 'header_mismatch',
  };
}

function badMeta(key: string): Fault {
  const message = `Invalid params: _meta needs a proper ${key}.`;
  return { status: 400, code: errorCodes.invalidParams, message, reason: 'invalid_meta' };
}

function unsupported(requested: JsonValue): Fault {
  return {
    status: 400,
    code: errorCodes.unsupportedVersion,
    message: 'Unsupported protocol version',
    data: { supported: [MODERN], requested: typeof requested === 'string' ? requested.slice(0, 64) : '' },
    reason: 'unsupported_version',
  };
}
