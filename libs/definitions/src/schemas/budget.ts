import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { subschemas, target } from './subschemas.ts';

/** What a schema may cost at most. A real tool stays far below; a bomb does not. */
export const budget = {
  bytes: 262_144,
  /** Levels of JSON. */
  depth: 80,
  subschemas: 2_000,
  /** Subschemas that one value may have to be held to once references are followed, a recursive one once. */
  expanded: 5_000,
  /** Values of an enum, members of a combinator, names of `required`. */
  list: 1_000,
  patterns: 100,
} as const;

/**
 * Why a schema of unknown origin must not be compiled; null when it may. Says nothing of whether it is a sound schema.
 *
 * @param root the whole schema; references may only point within it
 */
export function overBudget(root: JsonObject): string | null {
  const large = overSize(root);
  if (large !== null) return large;
  const schemas = [...reachable(root)];
  for (const schema of schemas) {
    const problem = problemOf(schema, root);
    if (problem !== null) return problem;
  }
  if (turnsInPlace(root, schemas)) return 'a reference leads back to itself without going down a level';
  if (expandedSize(root, root, new Map()) > budget.expanded)
    return `the schema has more than ${budget.expanded} parts once its references are followed`;
  return null;
}

/** Why a schema is too large even to be looked at; null where it is not. */
export function overSize(root: JsonObject): string | null {
  if (deeperThan(root, budget.depth)) return `the schema is nested deeper than ${budget.depth} levels`;
  if (JSON.stringify(root).length > budget.bytes) return `the schema is larger than ${budget.bytes} bytes`;
  const schemas = reachable(root);
  if (schemas.size > budget.subschemas) return `the schema has more than ${budget.subschemas} parts`;
  const patterns = [...schemas].reduce((sum, schema) => sum + patternsOf(schema), 0);
  return patterns > budget.patterns ? `the schema has more than ${budget.patterns} patterns` : null;
}

/** All schemas that a schema holds or refers to, itself first. Stops soon after there are too many. */
export function reachable(root: JsonObject): ReadonlySet<JsonObject> {
  const found = new Set([root]);
  for (const schema of found) {
    if (found.size > budget.subschemas) break;
    for (const child of subschemas(schema)) found.add(child.schema);
    const named = target(root, schema['$ref']);
    if (named !== undefined) found.add(named);
  }
  return found;
}

/** Keywords that change what others mean, or make a check answer later: `$async` would let everything pass. */
const refused = ['$async', '$dynamicRef', '$recursiveRef', '$dynamicAnchor', '$recursiveAnchor', '$vocabulary'];
const dialects = /^https?:\/\/json-schema\.org\/(?:draft-0[467]|draft\/2019-09|draft\/2020-12)\/schema#?$/;
/** Keywords whose lists are bounded. */
export const lists = ['enum', 'allOf', 'anyOf', 'oneOf', 'prefixItems', 'required'];

/** Says whether a `$schema` names a dialect that is known. */
export function isDialect($schema: JsonValue): boolean {
  return typeof $schema === 'string' && dialects.test($schema);
}

function problemOf(schema: JsonObject, root: JsonObject): string | null {
  const strange = refused.find((keyword) => Object.hasOwn(schema, keyword));
  if (strange !== undefined) return `${strange} is not supported`;
  if (schema !== root && typeof schema['$id'] === 'string') return 'a part of the schema has an $id of its own';
  const { $schema, $ref } = schema;
  if ($schema !== undefined && !isDialect($schema))
    return 'its $schema is not one of draft-04, draft-06, draft-07, 2019-09 and 2020-12';
  const long = lists.find((keyword) => lengthOf(schema[keyword]) > budget.list);
  if (long !== undefined) return `its ${long} is longer than ${budget.list}`;
  return $ref === undefined ? null : problemOfReference(root, $ref);
}

function problemOfReference(root: JsonObject, reference: JsonValue): string | null {
  const shown = JSON.stringify(reference).slice(0, 80);
  if (typeof reference !== 'string' || !(reference === '#' || reference.startsWith('#/')))
    return `it refers to ${shown}, and only references within the schema (#/…) are followed`;
  return target(root, reference) === undefined ? `it refers to ${shown}, where no schema is` : null;
}

function lengthOf(value: JsonValue | undefined): number {
  return Array.isArray(value) ? value.length : 0;
}

function patternsOf({ pattern, patternProperties }: JsonObject): number {
  const names = isObject(patternProperties) ? Object.keys(patternProperties).length : 0;
  return names + (typeof pattern === 'string' ? 1 : 0);
}

/** Schemas that are used on the same value as a schema. */
function inPlace(root: JsonObject, schema: JsonObject): readonly JsonObject[] {
  const named = target(root, schema['$ref']);
  const joined = subschemas(schema).filter(({ use }) => use === 'in_place');
  return [...joined.map((child) => child.schema), ...(named === undefined ? [] : [named])];
}

function turnsInPlace(root: JsonObject, schemas: readonly JsonObject[]): boolean {
  const state = new Map<JsonObject, 'open' | 'done'>();
  function turns(schema: JsonObject): boolean {
    const known = state.get(schema);
    if (known !== undefined) return known === 'open';
    state.set(schema, 'open');
    if (inPlace(root, schema).some(turns)) return true;
    state.set(schema, 'done');
    return false;
  }
  return schemas.some(turns);
}

function expandedSize(root: JsonObject, schema: JsonObject, known: Map<JsonObject, number>): number {
  const size = known.get(schema);
  if (size !== undefined) return size;
  known.set(schema, 1);
  const below = subschemas(schema).filter(({ use }) => use === 'below');
  const parts = [...inPlace(root, schema), ...below.map((child) => child.schema)];
  const whole = parts.reduce((sum, part) => sum + expandedSize(root, part, known), 1);
  known.set(schema, whole);
  return whole;
}

function deeperThan(value: JsonValue, levels: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return levels === 0 || Object.values(value).some((member) => deeperThan(member, levels - 1));
}
