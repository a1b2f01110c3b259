import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { openness } from './openness.ts';
import { safePattern } from './safe-pattern.ts';
import { subschemas, target } from './subschemas.ts';

export interface Allowed {
  readonly value: JsonValue;
  /** How many members were left out. */
  readonly dropped: number;
}

/** Deeper than any schema names; what is below is left out. */
const DEEPEST = 100;

/**
 * Copies what an output schema names and leaves the rest out. A member of an object stays when `properties` or
 * `patternProperties` names it, or `additionalProperties` (or `unevaluatedProperties`) is `true` or a schema, in the schema
 * itself or in any that is joined to it by `$ref`, `allOf`, `anyOf`, `oneOf`, `if`. Where a schema names no member at all
 * (`true`, `{}`, `type: object` alone, a list without `items`), everything stays.
 *
 * @param root a whole schema that compiles, for local references
 */
export function allowedMembers(root: JsonObject): (value: JsonValue) => Allowed {
  const patterns = new Map<string, ReturnType<typeof safePattern>>();
  const joined = new Map<JsonObject, readonly JsonObject[]>();
  const isOpen = openness(root);
  return function allow(value) {
    const copying: Copying = { root, patterns, joined, isOpen, dropped: 0 };
    const kept = copy(copying, [root], value, 0);
    return { value: kept, dropped: copying.dropped };
  };
}

interface Copying {
  readonly root: JsonObject;
  readonly patterns: Map<string, ReturnType<typeof safePattern>>;
  readonly joined: Map<JsonObject, readonly JsonObject[]>;
  readonly isOpen: (schema: JsonValue) => boolean;
  dropped: number;
}

function copy(copying: Copying, schemas: readonly JsonValue[], value: JsonValue, depth: number): JsonValue {
  if (!Array.isArray(value) && !isObject(value)) return value;
  if (schemas.some(saysNothing) || (isObject(value) && schemas.every(copying.isOpen))) return value;
  const parts = [...new Set(schemas.filter(isObject).flatMap((schema) => joinedTo(copying, schema)))];
  if (parts.some(saysNothing)) return value;
  if (Array.isArray(value))
    return value.map((item, at) =>
      copy(copying, unique(parts.flatMap((part) => itemSchemas(part, at))), item, depth + 1),
    );
  return copyObject(copying, parts, value, depth);
}

function copyObject(copying: Copying, parts: readonly JsonObject[], value: JsonObject, depth: number): JsonObject {
  const kept: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    const known = unique(parts.flatMap((part) => memberSchemas(copying, part, name)));
    if (known.length === 0 || depth >= DEEPEST || name === '__proto__') copying.dropped += 1;
    else kept[name] = copy(copying, known, member, depth + 1);
  }
  return kept;
}

/** The schemas that a part has for a member of that name. */
function memberSchemas(copying: Copying, part: JsonObject, name: string): readonly JsonValue[] {
  const { properties, patternProperties, additionalProperties, unevaluatedProperties } = part;
  const named: JsonValue[] = [];
  if (isObject(properties) && Object.hasOwn(properties, name)) named.push(properties[name] ?? true);
  for (const [source, schema] of Object.entries(isObject(patternProperties) ? patternProperties : {}))
    if (patternOf(copying, source).test(name)) named.push(schema);
  if (named.length > 0) return named.filter((schema) => schema !== false);
  return [additionalProperties, unevaluatedProperties].filter(
    (schema) => schema === true || isObject(schema),
  ) as JsonValue[];
}

function itemSchemas(part: JsonObject, at: number): readonly JsonValue[] {
  const { prefixItems, items, additionalItems, unevaluatedItems } = part;
  // Draft-07 has the list in `items`.
  const list = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
  const own = list[at] ?? (Array.isArray(items) ? additionalItems : items) ?? unevaluatedItems;
  return own === undefined || own === false ? [] : [own];
}

/** A schema with every schema that may apply to the same value; what is negated names nothing. */
function joinedTo(copying: Copying, schema: JsonObject): readonly JsonObject[] {
  const known = copying.joined.get(schema);
  if (known !== undefined) return known;
  const found = new Set([schema]);
  for (const part of found) {
    for (const child of subschemas({ ...part, not: false })) if (child.use === 'in_place') found.add(child.schema);
    const named = target(copying.root, part['$ref']);
    if (named !== undefined) found.add(named);
  }
  const parts = [...found].filter((part) => part === schema || !saysNothing(part));
  copying.joined.set(schema, parts);
  return parts;
}

function patternOf({ patterns }: Copying, source: string): ReturnType<typeof safePattern> {
  const pattern = patterns.get(source) ?? safePattern(source);
  patterns.set(source, pattern);
  return pattern;
}

const annotations: ReadonlySet<string> = new Set([
  'title',
  'description',
  '$comment',
  'default',
  'examples',
  'deprecated',
]);

/** `true`, `{}`, or nothing but words about it: anything may be there. */
function saysNothing(schema: JsonValue): boolean {
  return schema === true || (isObject(schema) && Object.keys(schema).every((keyword) => annotations.has(keyword)));
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
