import type { CallAction, CallRequest, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { errorCodes, type RpcRequest } from '@sallyport/mcp';
import type { Fault } from '../protocol/fault.ts';
import { unknownTarget } from './answer-text.ts';
import { placeOf, readAsked, upstreamOf } from './call-target.ts';
import { paramFault } from '../protocol/mirror-faults.ts';
import type { McpClient } from '../protocol/mcp-client.ts';
import type { McpRequest, ServingParts } from '../protocol/mcp-request.ts';

const wellFormedTrace = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A call as it goes inward, and how its target was named. */
export interface ReadCall {
  readonly request: CallRequest;
  readonly name: string;
}

/** Reads the parameters of a call; a fault for what is no proper call. */
export async function readCall({ gateway }: ServingParts, { message, client }: McpRequest): Promise<ReadCall | Fault> {
  const action = message.method as CallAction; // its row says that it is one
  const asked = readAsked(action, message.params);
  if (asked === null) return invalidParams(action);
  await gateway.heard?.(upstreamOf(gateway, asked, client.upstream));
  const place = placeOf(gateway, asked, client.upstream);
  if (place === null) return unknownTarget(asked, client.era);
  const { principal, agent, session, capabilities, bytes } = client;
  const traceparent = traceOf(message, client);
  const who = { principal, agent, session, capabilities };
  return {
    name: asked.name,
    request: { ...who, flow: null, action, ...place, arguments: asked.arguments, bytes, traceparent },
  };
}

/** The caller's trace context: in `_meta` (2026-07-28) or in the header, where it is well-formed (W3C). */
function traceOf({ params }: RpcRequest, { headers }: McpClient): string | null {
  const meta = params['_meta'];
  const trace = (isObject(meta) ? meta['traceparent'] : undefined) ?? headers?.['traceparent'];
  return typeof trace === 'string' && wellFormedTrace.test(trace) ? trace : null;
}

const needs: Readonly<Record<CallAction, string>> = {
  'tools/call': 'a call needs a name, and arguments that are an object',
  'prompts/get': 'a prompt needs a name, and arguments that are an object',
  'resources/read': 'a resource is read by its uri',
  'resources/subscribe': 'a resource is subscribed to by its uri',
  'completion/complete':
    'a completion needs a ref to a prompt by its name or to a template by its uri, and an argument with name and value that are texts',
};

function invalidParams(action: CallAction): Fault {
  const message = `Invalid params: ${needs[action]}.`;
  return { status: 200, code: errorCodes.invalidParams, message, reason: 'invalid_params' };
}

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
  if (client.headers === null || request.action !== 'tools/call') return null;
  const definition = gateway.definition?.(request.upstream, request.target.name) ?? null;
  if (definition === null) return null;
  const fault = paramFault(definition, request.arguments, client.headers, client.era === 'modern');
  if (fault === null) return null;
  return isListed(gateway.list(client.principal, request.upstream, 'tool'), request.target.name) ? fault : null;
}

function isListed(tools: string | null, name: string): boolean {
  const listed: unknown = tools === null ? [] : JSON.parse(tools);
  return Array.isArray(listed) && listed.some((tool: { name?: unknown }) => tool.name === name);
}
