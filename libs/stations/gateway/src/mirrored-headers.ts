import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/strict-json';
import { mismatch } from './era.ts';
import { decodeHeaderValue } from './header-value.ts';
import type { RpcRequest } from './message.ts';
import type { Fault } from './wire.ts';

/** Which member of `params` the header `Mcp-Name` mirrors. */
const named = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
]);

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
  const member = named.get(method);
  const value = member === undefined ? undefined : params[member];
  const header = headers['mcp-name'];
  if (header === undefined) return needed && value !== undefined ? mismatch('Mcp-Name') : null;
  return typeof header === 'string' && decodeHeaderValue(header) === value ? null : mismatch('Mcp-Name');
}

/** An argument that a header mirrors, as `x-mcp-header` in a tool's input schema declares it. */
export interface HeaderDeclaration {
  /** In lower case, as Node names it. */
  readonly header: string;
  /** From the arguments down to the value. */
  readonly path: readonly string[];
  readonly numeric: boolean;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const declared = new WeakMap<JsonObject, readonly HeaderDeclaration[]>();

/** The mirrored arguments of a tool; worked out once per definition. */
export function declarationsOf(definition: JsonObject): readonly HeaderDeclaration[] {
  let found = declared.get(definition);
  if (found === undefined) {
    found = [...scan(definition['inputSchema'], [])];
    declared.set(definition, found);
  }
  return found;
}

/** Only what is reached by `properties` alone may declare a header, so nothing else is looked at. */
function* scan(schema: JsonValue | undefined, path: readonly string[]): Generator<HeaderDeclaration> {
  if (!isObject(schema) || path.length > 16) return;
  const name = schema['x-mcp-header'];
  if (typeof name === 'string' && token.test(name) && path.length > 0) {
    const numeric = schema['type'] === 'integer' || schema['type'] === 'number';
    yield { header: `mcp-param-${name.toLowerCase()}`, path, numeric };
  }
  const properties = schema['properties'];
  if (!isObject(properties)) return;
  for (const [key, child] of Object.entries(properties)) yield* scan(child, [...path, key]);
}

const PARAM = 'mcp-param-';

/**
 * Compares `Mcp-Param-*` headers with the arguments that they mirror. An argument that is absent or null has none, and a
 * header of none of the tool's arguments is refused: who routed by it acted on something that is not in the call.
 *
 * @param needed whether the revision asks for them; where it doesn't, they must agree if they are there
 */
export function paramFault(
  declarations: readonly HeaderDeclaration[],
  args: JsonObject,
  headers: IncomingHttpHeaders,
  needed: boolean,
): Fault | null {
  for (const declaration of declarations) {
    const header = headers[declaration.header];
    const value = valueAt(args, declaration.path);
    if (header === undefined ? needed && isMirrored(value) : !agrees(header, value, declaration.numeric))
      return mismatch(declaration.header);
  }
  const strange = Object.keys(headers).find(
    (name) => name.startsWith(PARAM) && declarations.every(({ header }) => header !== name),
  );
  return strange === undefined ? null : mismatch(strange);
}

type Mirrored = string | number | boolean;

function isMirrored(value: JsonValue | undefined): value is Mirrored {
  return value !== undefined && value !== null && typeof value !== 'object';
}

function agrees(header: string | string[], value: JsonValue | undefined, numeric: boolean): boolean {
  const text = typeof header === 'string' ? decodeHeaderValue(header) : null;
  if (text === null || !isMirrored(value)) return false;
  if (numeric && typeof value === 'number') return /^-?\d+(\.\d+)?$/.test(text) && Number(text) === value;
  return text === String(value);
}

function valueAt(args: JsonObject, path: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = args;
  for (const key of path) {
    if (!isObject(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}
