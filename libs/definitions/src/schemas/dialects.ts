import type { JsonObject, JsonValue } from '@sallyport/contracts';

/** Keywords that speak of the value itself: a `nullable` beside them takes them back for null. */
const ofValue = ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'enum', 'const'];

/**
 * Writes one part of a schema as 2020-12 has it: the tuples of draft-07, the exclusive bounds and the `id` of draft-04, the
 * `nullable` of OpenAPI. Parts below it are left as they are.
 */
export function modernize(schema: JsonObject): void {
  delete schema['$schema'];
  if (typeof schema['id'] === 'string') delete schema['id'];
  tuple(schema);
  exclusive(schema, 'minimum', 'exclusiveMinimum');
  exclusive(schema, 'maximum', 'exclusiveMaximum');
  nullable(schema);
}

/** `items: [a, b], additionalItems: c` is `prefixItems: [a, b], items: c` now. */
function tuple(schema: JsonObject): void {
  const { items, additionalItems } = schema;
  if (!Array.isArray(items)) return;
  if (items.length > 0) schema['prefixItems'] = items;
  if (additionalItems === undefined) delete schema['items'];
  else schema['items'] = additionalItems;
  delete schema['additionalItems'];
}

/** `minimum: 0, exclusiveMinimum: true` is `exclusiveMinimum: 0` now. */
function exclusive(schema: JsonObject, bound: 'minimum' | 'maximum', keyword: string): void {
  const { [bound]: at, [keyword]: isExclusive } = schema;
  if (typeof isExclusive !== 'boolean') return;
  delete schema[keyword];
  if (!isExclusive || typeof at !== 'number') return;
  delete schema[bound];
  schema[keyword] = at;
}

/** `nullable: true` allows null, whatever else the part says of the value. */
function nullable(schema: JsonObject): void {
  const { nullable: isNullable, type } = schema;
  if (typeof isNullable !== 'boolean') return;
  delete schema['nullable'];
  if (!isNullable) return;
  if (type !== undefined) schema['type'] = [...new Set([type, 'null'].flat())];
  const said = ofValue.filter((keyword) => Object.hasOwn(schema, keyword));
  if (said.length === 0) return;
  const values: Record<string, JsonValue> = {};
  for (const keyword of said) {
    values[keyword] = schema[keyword] as JsonValue;
    delete schema[keyword];
  }
  schema['anyOf'] = [values, { type: 'null' }];
}
