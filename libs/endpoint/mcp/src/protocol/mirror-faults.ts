import type { IncomingHttpHeaders } from 'node:http';
import { clientMethod, type JsonObject } from '@sallyport/contracts';
import {
  findParamHeaders,
  decodeHeaderValue,
  type RpcRequest,
  type ParamHeader,
  paramHeaderAtOdds,
} from '@sallyport/mcp';
import type { Fault } from './fault.ts';
import { mismatch } from './request-era.ts';

/**
 * Compares `Mcp-Method` and `Mcp-Name` with the body (2026-07-28, streamable HTTP): an intermediary may have routed or
 * filtered by them, so that what they say must be in the body too.
 *
 * @param needed whether the revision asks for them; where it doesn't, they must agree if they are there
 */
export function mirrorFault(
  { method, params }: Pick<RpcRequest, 'method' | 'params'>,
  headers: IncomingHttpHeaders,
  needed: boolean,
): Fault | null {
  const said = headers['mcp-method'];
  if (said === undefined ? needed : said !== method) return mismatch('Mcp-Method');
  const member = clientMethod(method)?.target;
  const value = member === undefined ? undefined : params[member];
  const header = headers['mcp-name'];
  if (header === undefined) return needed && value !== undefined ? mismatch('Mcp-Name') : null;
  return typeof header === 'string' && decodeHeaderValue(header) === value ? null : mismatch('Mcp-Name');
}

const declared = new WeakMap<JsonObject, readonly ParamHeader[]>();

/** The mirrored arguments of a tool; worked out once per definition. Of marks that are invalid none counts. */
function declarationsOf(definition: JsonObject): readonly ParamHeader[] {
  const known = declared.get(definition);
  if (known !== undefined) return known;
  const found = findParamHeaders(definition['inputSchema']);
  const headers = found.ok ? found.headers : [];
  declared.set(definition, headers);
  return headers;
}

/**
 * Compares `Mcp-Param-*` headers with the arguments that they mirror.
 *
 * @param needed whether the revision asks for them; where it doesn't, they must agree if they are there
 */
export function paramFault(
  definition: JsonObject,
  args: JsonObject,
  headers: IncomingHttpHeaders,
  needed: boolean,
): Fault | null {
  const odd = paramHeaderAtOdds(declarationsOf(definition), args, headers, needed);
  return odd === null ? null : mismatch(odd);
}
