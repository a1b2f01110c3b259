import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject, rounded } from '@sallyport/base';
import { budget, isDialect, lists } from './budget.ts';
import { modernize } from './dialects.ts';
import { type Places, placesOf, resolve } from './references.ts';
import { safePattern } from './safe-pattern.ts';
import { shallow, subschemas, target } from './subschemas.ts';

/** What of a schema can be enforced. */
export interface Tolerable {
  readonly schema: JsonObject;
  /** What was left out: where it stood, and why it can't be enforced. */
  readonly leftOut: readonly string[];
}

/** Says what is wrong with the shape of one keyword; null where nothing is. */
type FindFault = (keyword: string, value: JsonValue) => string | null;

interface Work {
  readonly root: JsonObject;
  readonly places: Places;
  readonly shapeFault: FindFault;
  readonly notes: string[];
  /** Parts that hold less than they said. */
  readonly weak: Set<JsonObject>;
}

/**
 * A copy of a schema without the keywords that can't be enforced, so that the others are: references that lead out of it or
 * nowhere, patterns that need look-around, what no dialect allows. What is left takes every value that the whole schema takes.
 *
 * @param given a schema of unknown origin that is within the budgets of size
 */
export function tolerable(given: JsonObject, shapeFault: FindFault): Tolerable {
  const root = structuredClone(rounded(given)) as JsonObject;
  const { $schema } = root;
  for (const part of placesOf(root).all.keys()) modernizeNamed(part);
  const work: Work = { root, places: placesOf(root), shapeFault, notes: [], weak: new Set() };
  const { all } = work.places;
  if ($schema !== undefined && !isDialect($schema)) work.notes.push('/$schema: it is read as 2020-12');
  for (const part of all.keys()) follow(work, part);
  for (const part of all.keys()) {
    for (const name of ['$id', 'id', '$anchor']) if (typeof part[name] === 'string') delete part[name];
    for (const keyword of Object.keys(part)) keep(work, part, keyword);
  }
  const tainted = taintedBy(work);
  for (const part of all.keys()) turn(work, part, tainted);
  return { schema: root, leftOut: work.notes };
}

/** Names of parts are needed until references are resolved. */
function modernizeNamed(part: JsonObject): void {
  const { id } = part;
  modernize(part);
  if (id !== undefined) part['id'] = id;
}

/** What would make a check answer later, or depends on who refers to the schema. */
const dynamic = ['$async', '$dynamicRef', '$recursiveRef', '$dynamicAnchor', '$recursiveAnchor', '$vocabulary'];

function follow(work: Work, part: JsonObject): void {
  const { $ref } = part;
  if ($ref === undefined) return;
  const found = resolve(work.places, part, $ref);
  if (found === undefined) leaveOut(work, { part, keyword: '$ref', why: 'it leads out of the schema, or nowhere' });
  else part['$ref'] = found;
}

function keep(work: Work, part: JsonObject, keyword: string): void {
  const value = part[keyword];
  if (value === undefined || keyword === '$ref') return;
  if (keyword === 'patternProperties' && isObject(value)) return keepPatterns(work, part, value);
  const why = faultOf(work, keyword, value);
  if (why !== null) leaveOut(work, { part, keyword, why });
}

function faultOf({ shapeFault }: Work, keyword: string, value: JsonValue): string | null {
  if (dynamic.includes(keyword)) return 'it is not supported';
  if (keyword === 'nullable' || keyword === 'id') return 'it means nothing here';
  if (keyword === 'pattern') return typeof value === 'string' ? patternFault(value) : 'it is no text';
  return listFault(keyword, value) ?? shapeFault(keyword, shallow(keyword, value));
}

function listFault(keyword: string, value: JsonValue): string | null {
  if (!lists.includes(keyword) || !Array.isArray(value)) return null;
  if (keyword === 'enum' && value.length === 0) return 'it allows nothing at all';
  return value.length > budget.list ? `it is longer than ${budget.list}` : null;
}

function patternFault(source: string): string | null {
  try {
    safePattern(source);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : 'it is no pattern';
  }
}

/** Each pattern stands for itself. */
function keepPatterns(work: Work, part: JsonObject, patterns: JsonObject): void {
  for (const [source, schema] of Object.entries(patterns)) {
    const why = patternFault(source) ?? work.shapeFault('patternProperties', { a: isObject(schema) ? true : schema });
    if (why === null) continue;
    delete patterns[source];
    note(work, part, { at: 'patternProperties', why });
    part['additionalProperties'] = true;
  }
}

/** Keywords that may name members: once one is gone, nobody knows which others there are. */
const naming = ['$ref', '$dynamicRef', '$recursiveRef', 'allOf', 'anyOf', 'oneOf', 'if', 'dependentSchemas'];

function leaveOut(work: Work, { part, keyword, why }: { part: JsonObject; keyword: string; why: string }): void {
  const said = part[keyword];
  delete part[keyword];
  note(work, part, { at: keyword, why });
  if (said === null || (Array.isArray(said) && said.length === 0)) return;
  if (naming.includes(keyword)) part['additionalProperties'] ??= true;
  if (keyword === 'properties') part['additionalProperties'] = true;
}

function note({ places, notes, weak }: Work, part: JsonObject, { at, why }: { at: string; why: string }): void {
  weak.add(part);
  notes.push(`${places.all.get(part)?.pointer ?? ''}/${at}: ${why}`);
}

/** Every part that holds, or refers to, one that is weaker than it was. */
function taintedBy({ root, places, weak }: Work): ReadonlySet<JsonObject> {
  const users = new Map<JsonObject, JsonObject[]>();
  for (const part of places.all.keys()) {
    const named = target(root, part['$ref']);
    const held = subschemas(part).filter(({ use }) => use !== 'definition');
    const used = [...held.map(({ schema }) => schema), ...(named === undefined ? [] : [named])];
    for (const one of used) users.set(one, [...(users.get(one) ?? []), part]);
  }
  const tainted = new Set(weak);
  for (const part of tainted) for (const user of users.get(part) ?? []) tainted.add(user);
  return tainted;
}

/** Where a part that became weaker would make the whole stricter, the keyword that turns it round goes, too. */
function turn(work: Work, part: JsonObject, tainted: ReadonlySet<JsonObject>): void {
  const isTainted = (value: JsonValue | undefined): boolean => isObject(value) && tainted.has(value);
  const why = 'it depends on what is left out';
  for (const keyword of ['not', 'if']) if (isTainted(part[keyword])) leaveOut(work, { part, keyword, why });
  if (isTainted(part['contains']) && part['maxContains'] !== undefined)
    leaveOut(work, { part, keyword: 'maxContains', why });
  const { oneOf } = part;
  if (!Array.isArray(oneOf) || !oneOf.some(isTainted)) return;
  delete part['oneOf'];
  note(work, part, { at: 'oneOf', why: 'that only one of them holds depends on what is left out' });
  const { allOf } = part;
  part['allOf'] = [...(Array.isArray(allOf) ? allOf : []), { anyOf: oneOf }];
}
