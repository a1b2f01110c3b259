import type { JsonObject } from '@sallyport/contracts';
import { isObject, rounded } from '@sallyport/base';
import { reachable } from './budget.ts';
import { modernize } from './dialects.ts';
import { nameMembers, partsOf } from './schema-parts.ts';

/** A keyword of ours that takes so many units of effort from a check wherever it stands: beside every reference, or in every schema. */
export const EFFORT = 'sallyport:effort';
/** Where the schema itself stands once it is closed, for references to `#`. */
const WHOLE = 'sallyport:whole';

/**
 * A copy of a schema that is within budget, as the compiler takes it: dialect and id taken off, what older dialects wrote
 * otherwise written as in 2020-12, each reference counted.
 *
 * @param closed refuse members of the value itself that no part of the schema names, unless it says that they are welcome, or
 *   names none at all
 * @param everyError count each schema, too, by the errors that it may find in a value besides those of members
 */
export function prepare(
  schema: JsonObject,
  { closed, everyError = false }: { readonly closed: boolean; readonly everyError?: boolean },
): JsonObject {
  const root = structuredClone(rounded(schema)) as JsonObject;
  delete root['$id'];
  for (const part of reachable(root)) modernize(part);
  // Found again, since a reference may stand in a part of its own now.
  for (const part of reachable(root))
    if (everyError) part[EFFORT] = 1 + namesIn(part);
    else if (part['$ref'] !== undefined) part[EFFORT] = 1;
  return closed ? close(root) : root;
}

/** How many members a schema may miss in one value. */
function namesIn({ required, dependentRequired, dependencies }: JsonObject): number {
  const lists = [
    required,
    ...[dependentRequired, dependencies].flatMap((map) => (isObject(map) ? Object.values(map) : [])),
  ];
  return lists.reduce<number>((sum, list) => sum + (Array.isArray(list) ? list.length : 0), 0);
}

const joining = ['$ref', 'allOf', 'anyOf', 'oneOf', 'if', 'dependentSchemas', 'dependencies'];

/**
 * The schema with other members refused where it leaves that open. Where parts are joined, what any of them names or welcomes
 * counts, which is what `unevaluatedProperties` is for.
 */
function close(root: JsonObject): JsonObject {
  if (isSettled(root)) return root;
  const keyword = joining.some((name) => Object.hasOwn(root, name)) ? 'unevaluatedProperties' : 'additionalProperties';
  const recursive = [...reachable(root)].filter((part) => part['$ref'] === '#');
  if (recursive.length === 0) return { ...root, [keyword]: false };
  // Closing is for the arguments themselves: what refers to the whole schema from within must find it as it was.
  for (const part of recursive) part['$ref'] = `#/$defs/${WHOLE}`;
  const { $defs, ...whole } = root;
  return { ...root, $defs: { ...(isObject($defs) ? $defs : {}), [WHOLE]: whole }, [keyword]: false };
}

/** Says whether it is settled already what becomes of members that the schema does not name. */
function isSettled(schema: JsonObject): boolean {
  if (schema['additionalProperties'] !== undefined || schema['unevaluatedProperties'] !== undefined) return true;
  return !nameMembers(partsOf(schema, [schema]));
}
