import { type Gateway, type JsonObject, listings } from '@sallyport/contracts';
import { errorCodes, LEGACY, metaKeys, MODERN, type RpcRequest } from '@sallyport/mcp';
import { fault, type Fault } from './fault.ts';
import type { ListName } from './list-changes.ts';
import { logLevelOf } from './request-era.ts';
import type { McpClient } from './mcp-client.ts';
import type { McpRequest, ServingParts } from './mcp-request.ts';

/** Milliseconds that a client may go by a list without asking again. */
export const LIST_TTL_MS = 10_000;

/** The lists that there are at an endpoint. That of tools is one always: they may come later, and a client that saw none never asks. */
export function offeredLists(gateway: Pick<Gateway, 'kinds'>, upstream: string | null): ReadonlySet<ListName> {
  return new Set(['tools', ...gateway.kinds(upstream).map((kind) => listings[kind].capability)]);
}

/** What clients may ask for: only what is there. */
function capabilitiesFor(gateway: Pick<Gateway, 'kinds' | 'subscribable'>, upstream: string | null): JsonObject {
  const offered = offeredLists(gateway, upstream);
  const completed = offered.has('prompts') || offered.has('resources') ? { completions: {} } : {};
  const lists = Object.fromEntries([...offered].map((capability) => [capability, { listChanged: true }]));
  const subscribed = gateway.subscribable(upstream) ? { resources: { listChanged: true, subscribe: true } } : {};
  return { ...lists, ...subscribed, ...completed, logging: {} };
}

function serverInfo(version: string): JsonObject {
  return { name: 'sallyport', title: 'Sallyport', version };
}

/** The requests that we answer ourselves; null for those that are not among them. */
export function ownAnswer(parts: ServingParts, { message, client }: McpRequest): string | Fault | null {
  switch (message.method) {
    case 'server/discover':
      return discover(parts, client);
    case 'logging/setLevel':
      return setLevel(message, client);
    case 'resources/unsubscribe':
      return unsubscribe(message, client);
    case 'ping':
      return '{}';
    default:
      return null;
  }
}

function discover(parts: ServingParts, client: McpClient): string | Fault {
  const { version, gateway } = parts;
  if (gateway.list(client.principal, client.upstream, 'tool') === null) return noUpstream;
  return JSON.stringify({
    resultType: 'complete',
    supportedVersions: [MODERN],
    capabilities: capabilitiesFor(gateway, client.upstream),
    ...instructionsMember(parts, client),
    ttlMs: LIST_TTL_MS,
    cacheScope: 'private',
    _meta: { [metaKeys.serverInfo]: serverInfo(version) },
  });
}

/** Nobody hears of a resource behind this; whether they did before makes no difference. */
function unsubscribe({ params: { uri } }: RpcRequest, { updates }: McpClient): string | Fault {
  if (typeof uri !== 'string') return invalid('Invalid params: a resource is unsubscribed from by its uri.');
  updates?.end(uri);
  return '{}';
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
  const { version, gateway } = parts;
  return JSON.stringify({
    protocolVersion,
    capabilities: capabilitiesFor(gateway, client.upstream),
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

/** Parameters that can't be what was meant. */
export function invalid(message: string): Fault {
  return { status: 200, code: errorCodes.invalidParams, message, reason: 'invalid_params' };
}

/** There is no such upstream, or it has nothing that the principal may know of. */
export const noUpstream = fault(404, 'unknown_endpoint', 'There is no such endpoint.');
