import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { target } from './subschemas.ts';

const naming = ['patternProperties', 'additionalProperties', 'unevaluatedProperties'];

/**
 * Says of a schema whether it takes objects and names no member of them, in itself and in what is joined to it: then any member is
 * as good as another (JSON Schema 2020-12 core, 10.3.2). Of alternatives one that is open is enough.
 *
 * @param root a whole schema that compiles, for local references
 */
export function openness(root: JsonObject): (schema: JsonValue) => boolean {
  const known = new Map<JsonValue, boolean>();
  return function isOpen(schema) {
    if (!isObject(schema)) return schema === true;
    const before = known.get(schema);
    if (before !== undefined) return before;
    known.set(schema, true); // what refers to itself adds nothing
    const open =
      takesObjects(schema) &&
      !namesMembers(schema) &&
      joinedBy(schema, root).every(isOpen) &&
      alternatives(schema).every((list) => list.some(isOpen));
    known.set(schema, open);
    return open;
  };
}

function takesObjects({ type }: JsonObject): boolean {
  return type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'));
}

function namesMembers(schema: JsonObject): boolean {
  const { properties } = schema;
  return (
    (isObject(properties) && Object.keys(properties).length > 0) || naming.some((name) => Object.hasOwn(schema, name))
  );
}

/** What holds as well, always or sometimes. */
function joinedBy(schema: JsonObject, root: JsonObject): readonly JsonValue[] {
  const { allOf, then, else: otherwise, dependentSchemas } = schema;
  return [
    ...(Array.isArray(allOf) ? allOf : []),
    ...(isObject(dependentSchemas) ? Object.values(dependentSchemas) : []),
    ...[then, otherwise, target(root, schema['$ref'])].filter((one) => one !== undefined),
  ];
}

function alternatives({ anyOf, oneOf }: JsonObject): readonly (readonly JsonValue[])[] {
  return [anyOf, oneOf].filter((list) => Array.isArray(list));
}
