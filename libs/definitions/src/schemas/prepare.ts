import type { JsonObject } from '@sallyport/contracts';
import { isObject, rounded } from '@sallyport/base';
import { reachable } from './budget.ts';

/** A keyword of ours that stands beside every reference, and counts how often it is followed. */
export const EFFORT = 'sallyport:effort';
/** Where the schema itself stands once it is closed, for references to `#`. */
const WHOLE = 'sallyport:whole';

/**
 * A copy of a schema that is within budget, as the compiler takes it: dialect and id taken off, draft-07's tuples written as in
 * 2020-12, each reference counted.
 *
 * @param closed refuse members of the value itself that no part of the schema names, unless it says that they are welcome
 */
export function prepare(schema: JsonObject, { closed }: { readonly closed: boolean }): JsonObject {
  const root = structuredClone(rounded(schema)) as JsonObject;
  delete root['$schema'];
  delete root['$id'];
  for (const part of reachable(root)) {
    modernize(part);
    if (part['$ref'] !== undefined) part[EFFORT] = true;
  }
  return closed ? close(root) : root;
}

/** Draft-07 wrote `items: [a, b], additionalItems: c` for what is `prefixItems: [a, b], items: c` now. */
function modernize(schema: JsonObject): void {
  delete schema['$schema'];
  const { items, additionalItems } = schema;
  if (!Array.isArray(items)) return;
  schema['prefixItems'] = items;
  if (additionalItems === undefined) delete schema['items'];
  else schema['items'] = additionalItems;
  delete schema['additionalItems'];
}

const joining = ['$ref', 'allOf', 'anyOf', 'oneOf', 'if', 'dependentSchemas', 'dependencies'];

/**
 * The schema with other members refused where it leaves that open. Where parts are joined, what any of them names or welcomes
 * counts, which is what `unevaluatedProperties` is for.
 */
function close(root: JsonObject): JsonObject {
  if (isOpen(root)) return root;
  const keyword = joining.some((name) => Object.hasOwn(root, name)) ? 'unevaluatedProperties' : 'additionalProperties';
  const recursive = [...reachable(root)].filter((part) => part['$ref'] === '#');
  if (recursive.length === 0) return { ...root, [keyword]: false };
  // Closing is for the arguments themselves: what refers to the whole schema from within must find it as it was.
  for (const part of recursive) part['$ref'] = `#/$defs/${WHOLE}`;
  const { $defs, ...whole } = root;
  return { ...root, $defs: { ...(isObject($defs) ? $defs : {}), [WHOLE]: whole }, [keyword]: false };
}

function isOpen(schema: JsonObject): boolean {
  return schema['additionalProperties'] !== undefined || schema['unevaluatedProperties'] !== undefined;
}
