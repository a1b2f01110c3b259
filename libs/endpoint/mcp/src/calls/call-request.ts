import { type CallRequest, type JsonObject, type JsonValue, toolTarget } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { errorCodes, type RpcRequest } from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import { unknownTool } from './answer-text.ts';
import { paramFault } from '../protocol/mirror-faults.ts';
import type { McpClient } from '../protocol/mcp-client.ts';
import type { McpRequest, ServingParts } from '../protocol/mcp-request.ts';

/** What joins an upstream's id and a tool's name at `/mcp`. Ids hold no underscore, so the first one parts them. */
const JOINT = '__';
/** No tool is called so. The names of calls are recorded as they are, so that a longer one would be a place to write to. */
const MAX_NAME = 512;
const wellFormedTrace = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const noArguments: JsonObject = Object.freeze({});

/** A `tools/call` as it goes inward, and how its tool was named. */
export interface ReadCall {
  readonly request: CallRequest;
  readonly name: string;
}

/** Reads the parameters of a `tools/call`; a fault for what is no proper call. */
export function readCall({ gateway }: ServingParts, { message, client }: McpRequest): ReadCall | Fault {
  const { name } = message.params;
  const args = message.params['arguments'] ?? noArguments;
  if (typeof name !== 'string' || !isObject(args)) return invalidParams;
  const place = name.length > MAX_NAME ? null : (named(gateway, name, client) ?? placeOf(name, client.upstream));
  if (place === null) return unknownTool(name);
  const { principal, agent, session, capabilities, bytes } = client;
  const { upstream, target } = place;
  const traceparent = traceOf(message, client);
  const who = { principal, agent, session, capabilities };
  return {
    name,
    request: { ...who, flow: null, action: 'tools/call', upstream, target, arguments: args, bytes, traceparent },
  };
}

/** The caller's trace context: in `_meta` (2026-07-28) or in the header, where it is well-formed (W3C). */
function traceOf({ params }: RpcRequest, { headers }: McpClient): string | null {
  const meta = params['_meta'];
  const trace = (isObject(meta) ? meta['traceparent'] : undefined) ?? headers?.['traceparent'];
  return typeof trace === 'string' && wellFormedTrace.test(trace) ? trace : null;
}

/** The tool that is listed under a name; not every one of these says by itself whose it is. */
function named({ toolNamed }: ServingParts['gateway'], name: string, { upstream }: McpClient) {
  return upstream === null ? (toolNamed?.(name) ?? null) : null;
}

function placeOf(name: string, upstream: string | null): Pick<CallRequest, 'upstream' | 'target'> | null {
  if (upstream !== null) return name === '' ? null : { upstream, target: toolTarget(name) };
  const at = name.indexOf(JOINT);
  if (at <= 0 || at + JOINT.length === name.length) return null;
  return { upstream: name.slice(0, at), target: toolTarget(name.slice(at + JOINT.length)) };
}

const invalidParams: Fault = {
  status: 200,
  code: errorCodes.invalidParams,
  message: 'Invalid params: a call needs a name, and arguments that are an object.',
  reason: 'invalid_params',
};

/** The token under which the client wants progress. */
export function progressTokenOf({ params }: RpcRequest): string | number | null {
  const meta = params['_meta'];
  const token: JsonValue | undefined = isObject(meta) ? meta['progressToken'] : undefined;
  return typeof token === 'string' || typeof token === 'number' ? token : null;
}

/**
 * Compares the headers that mirror arguments. Those of a tool that the principal may not see are not compared: the call goes
 * on and is refused like one of an unknown tool, so that headers give nothing away.
 */
export function mirroredArgumentsFault(
  { gateway }: ServingParts,
  { request }: ReadCall,
  client: McpClient,
): Fault | null {
  if (client.headers === null) return null;
  const definition = gateway.definition?.(request.upstream, request.target.name) ?? null;
  if (definition === null) return null;
  const fault = paramFault(definition, request.arguments, client.headers, client.era === 'modern');
  if (fault === null) return null;
  return isListed(gateway.listTools(client.principal, request.upstream), request.target.name) ? fault : null;
}

function isListed(tools: string | null, name: string): boolean {
  const listed: unknown = tools === null ? [] : JSON.parse(tools);
  return Array.isArray(listed) && listed.some((tool: { name?: unknown }) => tool.name === name);
}
