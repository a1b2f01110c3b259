import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isExactNumber, isObject } from '@sallyport/strict-json';
import { safePattern } from './safe-pattern.ts';
import { subschemas, target } from './subschemas.ts';

/** Schemas that bear on one and the same value: all of them, or some, as the keywords that join them say. */
export type Schemas = readonly JsonValue[];

/** Keywords that say something of members or elements. An empty `properties` says nothing. */
const structure = [
  'properties',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
  'items',
  'prefixItems',
  'unevaluatedItems',
];
const words: ReadonlySet<string> = new Set(['title', 'description', '$comment', 'default', 'examples', 'deprecated']);

/** The schemas with every schema that is joined to them in place (`$ref`, `allOf`, `anyOf`, …); what is negated names nothing. */
export function partsOf(root: JsonObject, schemas: Schemas): readonly JsonObject[] {
  const found = new Set(schemas.filter(isObject));
  for (const part of found) {
    for (const child of subschemas({ ...part, not: false })) if (child.use === 'in_place') found.add(child.schema);
    const named = target(root, part['$ref']);
    if (named !== undefined) found.add(named);
  }
  return [...found];
}

/** Says whether anything at all may stand below the value, since no part says what does. */
export function isOpen(schemas: Schemas, parts: readonly JsonObject[]): boolean {
  if (schemas.includes(true)) return true;
  if (parts.some((part) => structure.some((keyword) => saysSomething(part[keyword])))) return false;
  const types = typesOf(parts);
  return types === 'any' || types.has('object') || types.has('array');
}

/** Says whether members that no part names are welcome: told so outright, or, below the top, simply not refused. */
export function welcomesOthers(parts: readonly JsonObject[], atTop: boolean): boolean {
  const said = parts.flatMap((part) => [part['additionalProperties'], part['unevaluatedProperties']]);
  if (said.includes(false)) return false;
  return !atTop || said.some((value) => value !== undefined);
}

/** The members that parts name, with what they say of each. */
export function namedMembers(parts: readonly JsonObject[]): ReadonlyMap<string, Schemas> {
  const members = new Map<string, JsonValue[]>();
  for (const { properties } of parts)
    for (const [name, schema] of Object.entries(isObject(properties) ? properties : {}))
      if (schema !== false) members.set(name, [...(members.get(name) ?? []), schema]);
  return members;
}

/** What parts say of a member of that name, by name or by pattern; empty where none does. */
export function memberSchemas(parts: readonly JsonObject[], name: string): Schemas {
  const named = namedMembers(parts).get(name) ?? [];
  const matched = parts.flatMap(patternsOf).flatMap(([by, schema]) => (matches(by, name) ? [schema] : []));
  return [...named, ...matched].filter((schema) => schema !== false);
}

/** What parts say of every member at once: the named ones, those by pattern, and the others. */
export function everyMember(parts: readonly JsonObject[]): Schemas {
  const patterned = parts.flatMap((part) => patternsOf(part).map(([, schema]) => schema));
  return [...[...namedMembers(parts).values()].flat(), ...patterned, ...otherMembers(parts)];
}

/** What parts say of the elements of an array: of all of them, or of the one at an index. */
export function elementSchemas(parts: readonly JsonObject[], at?: number): Schemas {
  return parts.flatMap(({ prefixItems, items, unevaluatedItems, additionalItems }) => {
    // Draft-07 has the list in `items`.
    const list = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
    const rest = [Array.isArray(items) ? additionalItems : items, unevaluatedItems].filter(isSchema);
    if (at === undefined) return [...list, ...rest];
    const own = list[at];
    return own === undefined ? rest : [own];
  });
}

/** The JSON types that the value may have by its parts (`number` for `integer`, too), or `any`. */
export function typesOf(parts: readonly JsonObject[]): ReadonlySet<string> | 'any' {
  if (parts.length === 0 || parts.some(saysNothing)) return 'any';
  const types = new Set(parts.flatMap(ownTypes));
  if (types.size > 0) return types;
  if (parts.some(({ properties, patternProperties }) => saysSomething(properties) || saysSomething(patternProperties)))
    return new Set(['object']);
  return parts.some(({ items, prefixItems }) => saysSomething(items) || saysSomething(prefixItems))
    ? new Set(['array'])
    : 'any';
}

function ownTypes(part: JsonObject): string[] {
  const { type, enum: values } = part;
  const named = (Array.isArray(type) ? type : [type]).filter((one) => typeof one === 'string');
  if (named.length > 0) return named.map((one) => (one === 'integer' ? 'number' : one));
  const given = [...(Array.isArray(values) ? values : []), ...(part['const'] === undefined ? [] : [part['const']])];
  return given.map(typeOf);
}

function typeOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (isExactNumber(value)) return 'number';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** What parts say of members that none of them names; empty where they say nothing, or refuse them. */
export function otherMembers(parts: readonly JsonObject[]): Schemas {
  return parts
    .flatMap(({ additionalProperties, unevaluatedProperties }) => [additionalProperties, unevaluatedProperties])
    .filter(isSchema);
}

function patternsOf({ patternProperties }: JsonObject): [string, JsonValue][] {
  return isObject(patternProperties) ? Object.entries(patternProperties) : [];
}

function matches(pattern: string, name: string): boolean {
  try {
    return safePattern(pattern).test(name);
  } catch {
    return false;
  }
}

function isSchema(value: JsonValue | undefined): value is JsonValue {
  return value === true || isObject(value);
}

function saysNothing(part: JsonObject): boolean {
  return Object.keys(part).every((keyword) => words.has(keyword));
}

function saysSomething(value: JsonValue | undefined): boolean {
  return value !== undefined && !(isObject(value) && Object.keys(value).length === 0);
}
