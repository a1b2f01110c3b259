import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

/** How a subschema is used: on the value itself, on a part of it, or only where something refers to it. */
export type Use = 'in_place' | 'below' | 'definition';

export interface Subschema {
  readonly schema: JsonObject;
  readonly use: Use;
  /** Where it stands in the schema that holds it. */
  readonly at: readonly [keyword: string, ...member: (string | number)[]];
}

const uses: Readonly<Record<string, Use>> = {
  allOf: 'in_place',
  anyOf: 'in_place',
  oneOf: 'in_place',
  not: 'in_place',
  if: 'in_place',
  then: 'in_place',
  else: 'in_place',
  additionalProperties: 'below',
  additionalItems: 'below',
  contains: 'below',
  items: 'below',
  prefixItems: 'below',
  propertyNames: 'below',
  unevaluatedItems: 'below',
  unevaluatedProperties: 'below',
};
/** Keywords whose members, not themselves, are schemas. */
const maps: Readonly<Record<string, Use>> = {
  dependentSchemas: 'in_place',
  dependencies: 'in_place',
  properties: 'below',
  patternProperties: 'below',
  $defs: 'definition',
  definitions: 'definition',
};

/** The subschemas that a schema holds, one level down (JSON Schema 2020-12 core and applicators, and those of draft-07). */
export function subschemas(schema: JsonObject): readonly Subschema[] {
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const use = Object.hasOwn(uses, keyword) ? uses[keyword] : undefined;
    if (use !== undefined && isObject(value)) return [{ schema: value, use, at: [keyword] as const }];
    if (use !== undefined) return membersOf(keyword, Array.isArray(value) ? [...value.entries()] : [], use);
    const map = Object.hasOwn(maps, keyword) ? maps[keyword] : undefined;
    return map === undefined || !isObject(value) ? [] : membersOf(keyword, Object.entries(value), map);
  });
}

/** A keyword's value with `true` in place of the schemas in it: whether it has the right shape can be seen without them. */
export function shallow(keyword: string, value: JsonValue): JsonValue {
  const here = (each: JsonValue): JsonValue => (isObject(each) ? true : each);
  if (Object.hasOwn(uses, keyword)) return Array.isArray(value) ? value.map(here) : here(value);
  if (!Object.hasOwn(maps, keyword) || !isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, here(schema)]));
}

/** What a local reference (`#` or `#/…`) points to; undefined where it is not local, or nothing or no schema is there. */
export function target(root: JsonObject, reference: JsonValue | undefined): JsonObject | undefined {
  if (reference === '#') return root;
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return undefined;
  let here: JsonValue | undefined = root;
  for (const token of reference.slice(2).split('/')) {
    const name = decoded(token);
    if (name === undefined || here === null || typeof here !== 'object') return undefined;
    here = Object.hasOwn(here, name) ? (here as JsonObject)[name] : undefined;
  }
  return isObject(here) ? here : undefined;
}

/** A token of a JSON Pointer in a URI fragment (RFC 6901 section 6). */
function decoded(token: string): string | undefined {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}

function membersOf(keyword: string, members: readonly [string | number, JsonValue][], use: Use): readonly Subschema[] {
  return members.flatMap(([name, schema]) => (isObject(schema) ? [{ schema, use, at: [keyword, name] as const }] : []));
}
