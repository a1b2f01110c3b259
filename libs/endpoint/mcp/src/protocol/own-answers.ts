import { clientMethod, listings, type JsonObject } from '@sallyport/contracts';
import { errorCodes, LEGACY, metaKeys, MODERN, type RpcRequest } from '@sallyport/mcp';
import { fault, type Fault } from './fault.ts';
import { logLevelOf } from './request-era.ts';
import type { McpClient } from './mcp-client.ts';
import type { McpRequest, ServingParts } from './mcp-request.ts';

/** Milliseconds that a client may go by a list without asking again. */
const LIST_TTL_MS = 10_000;
/** What there is something behind: prompts and resources are not passed on. */
const capabilities: JsonObject = { tools: { listChanged: true }, logging: {} };
/** In the stateless revision a server declares what it answers, and the empty lists are answers (2026-07-28, server/discover). */
const discovered: JsonObject = { ...capabilities, prompts: {}, resources: {} };

function serverInfo(version: string): JsonObject {
  return { name: 'sallyport', title: 'Sallyport', version };
}

/** `tools/list`: the tools that the principal may see, whose JSON text is spliced in as it is. */
export function listTools({ gateway }: ServingParts, { message, client }: McpRequest): string | Fault {
  if (message.params['cursor'] !== undefined) return invalid('Invalid params: there is no such page.');
  const tools = gateway.listTools(client.principal, client.upstream);
  if (tools === null) return noUpstream;
  return listOf('tools', tools, client);
}

/** A list differs by principal, so that it may never be shared (2026-07-28, server/utilities/caching). */
function listOf(name: string, items: string, { era }: McpClient): string {
  if (era === 'legacy') return `{"${name}":${items}}`;
  return `{"resultType":"complete","ttlMs":${LIST_TTL_MS},"cacheScope":"private","${name}":${items}}`;
}

/** The requests that we answer ourselves; null for those that are not among them. */
export function ownAnswer(parts: ServingParts, { message, client }: McpRequest): string | Fault | null {
  switch (message.method) {
    case 'server/discover':
      return discover(parts, client);
    case 'logging/setLevel':
      return setLevel(message, client);
    case 'ping':
      return '{}';
    case 'prompts/get':
      return invalid('Unknown prompt');
    case 'resources/read':
      return invalid('Unknown resource');
    default: {
      // Nothing of these kinds is passed on: there is none of it.
      const kind = clientMethod(message.method)?.lists;
      return kind === undefined ? null : listOf(listings[kind].items, '[]', client);
    }
  }
}

function discover(parts: ServingParts, client: McpClient): string | Fault {
  const { version, gateway } = parts;
  if (gateway.listTools(client.principal, client.upstream) === null) return noUpstream;
  return JSON.stringify({
    resultType: 'complete',
    supportedVersions: [MODERN],
    capabilities: discovered,
    ...instructionsMember(parts, client),
    ttlMs: LIST_TTL_MS,
    cacheScope: 'private',
    _meta: { [metaKeys.serverInfo]: serverInfo(version) },
  });
}

function setLevel({ params }: RpcRequest, { logging }: McpClient): string | Fault {
  const level = logLevelOf(params['level']);
  if (level === null || logging === null) return invalid('Invalid params: there is no such level.');
  logging.logLevel = level;
  return '{}';
}

/** The answer to `initialize`: the client's revision where we speak it, else our newest with a handshake. */
export function initializeResult(
  protocolVersion: string,
  parts: InstructionsParts & Pick<ServingParts, 'version'>,
  client: Pick<McpClient, 'principal' | 'upstream'>,
): string {
  const { version } = parts;
  return JSON.stringify({
    protocolVersion,
    capabilities,
    serverInfo: serverInfo(version),
    ...instructionsMember(parts, client),
  });
}

type InstructionsParts = Pick<ServingParts, 'gateway' | 'instructions'>;

/** The member `instructions`, where there are any: ours first, then what the upstreams say of themselves. */
function instructionsMember(
  { gateway, instructions }: InstructionsParts,
  { principal, upstream }: Pick<McpClient, 'principal' | 'upstream'>,
): JsonObject {
  const texts = [instructions(), gateway.instructions?.(principal, upstream) ?? null].filter((text) => text !== null);
  return texts.length === 0 ? {} : { instructions: texts.join('\n\n') };
}

/** The revision that a session will speak (2025-11-25, basic/lifecycle). */
export function negotiate(requested: unknown): string {
  return typeof requested === 'string' && LEGACY.includes(requested) ? requested : (LEGACY[0] ?? MODERN);
}

function invalid(message: string): Fault {
  return { status: 200, code: errorCodes.invalidParams, message, reason: 'invalid_params' };
}

/** There is no such upstream, or it has nothing that the principal may know of. */
export const noUpstream = fault(404, 'unknown_endpoint', 'There is no such endpoint.');
