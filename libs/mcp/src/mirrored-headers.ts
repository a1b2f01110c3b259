import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';

/** An argument whose value is mirrored into `Mcp-Param-<name>` (2026-07-28, SEP-2243). */
export interface ParamHeader {
  /** In lower case, as Node names it. */
  readonly header: string;
  /** From the arguments down to the value. */
  readonly path: readonly string[];
}

export type ParamHeaders =
  { readonly ok: true; readonly headers: readonly ParamHeader[] } | { readonly ok: false; readonly reason: string };

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
const MAX_DEPTH = 64;

/**
 * Finds the `x-mcp-header` marks of an input schema. A mark anywhere but on a primitive property that is reached through
 * `properties` alone makes the definition invalid, as do names that are no HTTP token or that repeat.
 */
export function findParamHeaders(inputSchema: JsonValue | undefined): ParamHeaders {
  const headers: ParamHeader[] = [];
  const names = new Set<string>();
  let fault: string | null = null;

  function take(schema: JsonObject, path: readonly string[]): void {
    const name = schema['x-mcp-header'];
    if (typeof name !== 'string' || !TOKEN.test(name)) fault ??= 'x-mcp-header is not a header name';
    else if (!TYPES.has(schema['type'])) fault ??= `x-mcp-header ${name} is not on a string, integer or boolean`;
    else if (names.has(name.toLowerCase())) fault ??= `x-mcp-header ${name} is named twice`;
    else {
      names.add(name.toLowerCase());
      headers.push({ header: `mcp-param-${name.toLowerCase()}`, path });
    }
  }
  function visit(schema: JsonValue, path: readonly string[]): void {
    if (!isObject(schema) || fault !== null) return;
    if (path.length > MAX_DEPTH) fault = 'the schema is too deep';
    else if ('x-mcp-header' in schema && path.length === 0) fault = 'x-mcp-header is on the schema itself';
    else if ('x-mcp-header' in schema) take(schema, path);
    for (const [key, value] of Object.entries(schema)) descend(key, value, path);
  }
  function descend(key: string, value: JsonValue, path: readonly string[]): void {
    if (DATA_KEYWORDS.has(key)) return;
    if (key === 'properties' && isObject(value)) {
      for (const [name, property] of Object.entries(value)) visit(property, [...path, name]);
    } else if (hasMark(value, 0)) fault ??= `x-mcp-header under ${key}`;
  }
  visit(inputSchema ?? {}, []);
  return fault === null ? { ok: true, headers } : { ok: false, reason: fault };
}

/** Keywords whose value is data, not a schema. */
const DATA_KEYWORDS: ReadonlySet<string> = new Set(['default', 'const', 'enum', 'examples', 'x-mcp-header']);

function hasMark(value: JsonValue, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.some((item) => hasMark(item, depth + 1));
  return 'x-mcp-header' in value || Object.values(value).some((item) => hasMark(item, depth + 1));
}

/** The `Mcp-Param-*` headers of one call. Absent, null and non-primitive values have none, as the spec says. */
export function paramHeaders(declared: readonly ParamHeader[], args: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { header, path } of declared) {
    const text = primitiveText(valueAt(args, path));
    if (text !== null) headers[header] = encodeHeaderValue(text);
  }
  return headers;
}

const PARAM = 'mcp-param-';

/**
 * Finds a header that is at odds with the argument that it mirrors. An argument without a value has none, and a header of
 * none of the tool's arguments is at odds: who routed by it acted on something that is not in the call.
 *
 * @param needed whether the revision asks for the headers; where it doesn't, they must agree if they are there
 * @returns its name; null where all agree
 */
export function paramHeaderAtOdds(
  declared: readonly ParamHeader[],
  args: JsonObject,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  needed: boolean,
): string | null {
  const odd = declared.find(({ header, path }) => {
    const value = valueAt(args, path);
    const given = headers[header];
    return given === undefined ? needed && primitiveText(value) !== null : !agrees(given, value);
  });
  if (odd !== undefined) return odd.header;
  const names = new Set(declared.map(({ header }) => header));
  return Object.keys(headers).find((name) => name.startsWith(PARAM) && !names.has(name)) ?? null;
}

/** Numbers are compared as numbers: they can be written in more than one way. */
function agrees(header: string | string[], value: JsonValue | undefined): boolean {
  const said = typeof header === 'string' ? decodeHeaderValue(header) : null;
  const text = primitiveText(value);
  if (said === null || text === null) return false;
  return said === text || (typeof value === 'number' && /^-?\d+(\.0+)?$/.test(said) && Number(said) === value);
}

function valueAt(root: JsonObject, path: readonly string[]): JsonValue | undefined {
  let node: JsonValue | undefined = root;
  for (const key of path) {
    if (!isObject(node) || !Object.hasOwn(node, key)) return undefined;
    node = node[key];
  }
  return node;
}

function primitiveText(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : null;
}
