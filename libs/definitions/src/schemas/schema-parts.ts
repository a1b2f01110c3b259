import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isExactNumber, isObject } from '@sallyport/base';
import { safePattern } from './safe-pattern.ts';
import { subschemas, target } from './subschemas.ts';

/** Schemas that bear on one and the same value: all of them, or some, as the keywords that join them say. */
export type Schemas = readonly JsonValue[];

/** Keywords that say something of members or elements. An empty `properties` or `required` says nothing. */
const structure = [
  'properties',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
  'items',
  'prefixItems',
  'unevaluatedItems',
  'contains',
  'required',
];
const words: ReadonlySet<string> = new Set(['title', 'description', '$comment', 'default', 'examples', 'deprecated']);

/**
 * The schemas with every schema that is joined to them in place (`$ref`, `allOf`, `anyOf`, …); what is negated names nothing.
 * What `propertyNames`, `enum` and `const` say of members stands in the parts as `properties` and the like.
 */
export function partsOf(root: JsonObject, schemas: Schemas): readonly JsonObject[] {
  return joined(root, schemas).map((part) => withNames(root, part));
}

function joined(root: JsonObject, schemas: Schemas): readonly JsonObject[] {
  const found = new Set(schemas.filter(isObject));
  for (const part of found) {
    for (const child of subschemas({ ...part, not: false })) if (child.use === 'in_place') found.add(child.schema);
    const named = target(root, part['$ref']);
    if (named !== undefined) found.add(named);
    for (const value of givenBy(part)) if (isObject(value) || Array.isArray(value)) found.add(schemaOf(value));
  }
  return [...found];
}

/** The values that a part counts up. */
function givenBy(part: JsonObject): readonly JsonValue[] {
  const { enum: values } = part;
  return [...(Array.isArray(values) ? values : []), ...(part['const'] === undefined ? [] : [part['const']])];
}

function schemaOf(value: JsonObject | readonly JsonValue[]): JsonObject {
  const only = (member: JsonValue): JsonObject => ({ const: member });
  if (!isObject(value)) return { type: 'array', prefixItems: value.map(only), items: false };
  const properties = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, only(member)]));
  return { type: 'object', properties, additionalProperties: false };
}

/** A part whose `propertyNames` counts names up, or gives a pattern, with those as its members and no others. */
function withNames(root: JsonObject, part: JsonObject): JsonObject {
  const { propertyNames, properties, additionalProperties, unevaluatedProperties } = part;
  if (!isObject(propertyNames)) return part;
  const by = joined(root, [propertyNames]);
  const names = by.flatMap(givenBy).filter((name) => typeof name === 'string');
  const patterns = by.flatMap(({ pattern }) => (typeof pattern === 'string' ? [pattern] : []));
  if (names.length + patterns.length === 0) return part;
  const rest = additionalProperties ?? unevaluatedProperties ?? true;
  const own = Object.entries(isObject(properties) ? properties : {});
  const allowed = own.filter(([name]) => names.includes(name) || patterns.some((pattern) => matches(pattern, name)));
  return {
    ...part,
    properties: Object.fromEntries([...names.map((name): [string, JsonValue] => [name, rest]), ...allowed]),
    patternProperties: Object.fromEntries([
      ...patterns.map((pattern) => [pattern, rest] as const),
      ...patternsOf(part),
    ]),
    additionalProperties: false,
  };
}

/** Says whether anything at all may stand below the value, since no part says what does. */
export function isOpen(schemas: Schemas, parts: readonly JsonObject[]): boolean {
  if (schemas.includes(true)) return true;
  if (parts.some((part) => structure.some((keyword) => saysSomething(part[keyword])))) return false;
  const types = typesOf(parts);
  return types === 'any' || types.has('object') || types.has('array');
}

/** Says whether members that no part names are welcome: told so outright, or, below the top, simply not refused. */
export function allowsOtherMembers(parts: readonly JsonObject[], atTop: boolean): boolean {
  const said = parts.flatMap((part) => [part['additionalProperties'], part['unevaluatedProperties']]);
  if (said.includes(false)) return false;
  return !atTop || said.some((value) => value !== undefined) || !nameMembers(parts);
}

/** Says whether parts name members at all: where they name none, an object may have any. */
export function nameMembers(parts: readonly JsonObject[]): boolean {
  return parts.some((part) => [part['properties'], part['patternProperties']].some(saysSomething));
}

/** The members that parts name, be it as required, with what they say of each. */
export function namedMembers(parts: readonly JsonObject[]): ReadonlyMap<string, Schemas> {
  const members = new Map<string, JsonValue[]>();
  for (const { properties } of parts)
    for (const [name, schema] of Object.entries(isObject(properties) ? properties : {}))
      if (schema !== false) members.set(name, [...(members.get(name) ?? []), schema]);
  for (const name of parts.flatMap(requiredBy).filter((name) => !members.has(name))) {
    const said = [...byPattern(parts, name), ...otherMembers(parts)];
    if (said.length > 0 || allowsOtherMembers(parts, false)) members.set(name, said.length > 0 ? said : [true]);
  }
  return members;
}

function requiredBy({ required }: JsonObject): string[] {
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}

function byPattern(parts: readonly JsonObject[], name: string): Schemas {
  return parts.flatMap(patternsOf).flatMap(([by, schema]) => (matches(by, name) ? [schema] : []));
}

/** What parts say of a member of that name, by name or by pattern; empty where none does. */
export function memberSchemas(parts: readonly JsonObject[], name: string): Schemas {
  return membersOf(parts)(name);
}

/** The same for many names: what the parts name is read once. */
export function membersOf(parts: readonly JsonObject[]): (name: string) => Schemas {
  const named = namedMembers(parts);
  return function schemasOf(name) {
    return [...(named.get(name) ?? []), ...byPattern(parts, name)].filter((schema) => schema !== false);
  };
}

/** What parts say of every member at once: the named ones, those by pattern, and the others. */
export function everyMember(parts: readonly JsonObject[]): Schemas {
  const patterned = parts.flatMap((part) => patternsOf(part).map(([, schema]) => schema));
  return [...[...namedMembers(parts).values()].flat(), ...patterned, ...otherMembers(parts)];
}

/** What parts say of the elements of an array: of all of them, or of the one at an index. */
export function elementSchemas(parts: readonly JsonObject[], at?: number): Schemas {
  return parts.flatMap(({ prefixItems, items, unevaluatedItems, additionalItems, contains }) => {
    // Draft-07 has the list in `items`.
    const list = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
    const rest = [Array.isArray(items) ? additionalItems : items, unevaluatedItems, contains].filter(isSchema);
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
  const ofObjects = ['properties', 'patternProperties', 'required'];
  if (parts.some((part) => ofObjects.some((keyword) => saysSomething(part[keyword])))) return new Set(['object']);
  return parts.some(({ items, prefixItems, contains }) => [items, prefixItems, contains].some(saysSomething))
    ? new Set(['array'])
    : 'any';
}

function ownTypes(part: JsonObject): string[] {
  const { type } = part;
  const named = (Array.isArray(type) ? type : [type]).filter((one) => typeof one === 'string');
  if (named.length > 0) return named.map((one) => (one === 'integer' ? 'number' : one));
  return givenBy(part).map(typeOf);
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
  return value !== undefined && !((isObject(value) || Array.isArray(value)) && Object.keys(value).length === 0);
}
