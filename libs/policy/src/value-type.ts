import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

/** How a JSON value is shown to policies. What can't be typed is not shown, and its reason is kept for the author. */
export type ValueType =
  | { readonly kind: 'string' | 'long' | 'decimal' | 'boolean' }
  | { readonly kind: 'set'; readonly element: ValueType }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, Field> }
  | { readonly kind: 'untyped'; readonly why: string };

export interface Field {
  readonly type: ValueType;
  /** False also where the value may be null: null is shown as absence. */
  readonly required: boolean;
}

interface Reading {
  readonly type: ValueType;
  readonly nullable: boolean;
}

/** Names that Cedar's JSON gives a meaning of its own; as an attribute they would smuggle in an entity. */
export const RESERVED_KEYS: ReadonlySet<string> = new Set(['__entity', '__extn', '__expr']);

const MAX_DEPTH = 12;
const SCALARS = new Map<string, ValueType>([
  ['string', { kind: 'string' }],
  ['integer', { kind: 'long' }],
  ['number', { kind: 'decimal' }],
  ['boolean', { kind: 'boolean' }],
]);

/**
 * The type that policies see for values of a JSON Schema (2020-12). Local `$ref`s are followed; unions of several types,
 * recursion and boolean sub-schemas are `untyped`.
 */
export function typeOfSchema(schema: JsonValue | undefined, root: JsonObject): ValueType {
  return read(schema, root, 0).type;
}

function read(schema: JsonValue | undefined, root: JsonObject, depth: number): Reading {
  if (!isObject(schema)) return untyped('it has no schema object');
  if (depth > MAX_DEPTH) return untyped('its schema is recursive or too deep');
  const ref = schema['$ref'];
  if (typeof ref === 'string') return orNull(schema, read(resolveRef(ref, root), root, depth + 1));
  const variants = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(variants) && schema['type'] === undefined) return orNull(schema, readUnion(variants, root, depth));
  return orNull(schema, readTyped(schema, root, depth));
}

/** `nullable` is how OpenAPI allows null. */
function orNull({ nullable }: JsonObject, { type, nullable: known }: Reading): Reading {
  return { type, nullable: known || nullable === true };
}

function readTyped(schema: JsonObject, root: JsonObject, depth: number): Reading {
  const names = typeNames(schema);
  const nullable = names.includes('null');
  const [name, ...more] = names.filter((each) => each !== 'null');
  if (name === undefined) return untyped('its schema names no type');
  if (more.length > 0) return untyped('its schema allows several types');
  return { type: SCALARS.get(name) ?? structure(name, schema, root, depth), nullable };
}

function structure(name: string, schema: JsonObject, root: JsonObject, depth: number): ValueType {
  if (name === 'object') return record(schema, root, depth);
  if (name !== 'array') return { kind: 'untyped', why: `its type ${name} is unknown` };
  const items = read(schema['items'], root, depth + 1);
  if (items.type.kind === 'untyped') return { kind: 'untyped', why: 'its elements have no single type' };
  if (items.nullable) return { kind: 'untyped', why: 'its elements may be null' };
  return { kind: 'set', element: items.type };
}

function record(schema: JsonObject, root: JsonObject, depth: number): ValueType {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const fields = new Map<string, Field>();
  for (const [name, each] of Object.entries(properties)) {
    const reading = RESERVED_KEYS.has(name) ? untyped('its name is reserved') : read(each, root, depth + 1);
    fields.set(name, { type: reading.type, required: required.has(name) && !reading.nullable });
  }
  return { kind: 'record', fields };
}

function readUnion(variants: readonly JsonValue[], root: JsonObject, depth: number): Reading {
  const solid = variants.filter((each) => !(isObject(each) && each['type'] === 'null'));
  const [only, ...more] = solid;
  if (only === undefined || more.length > 0) return untyped('its schema is a union');
  const reading = read(only, root, depth + 1);
  return { type: reading.type, nullable: reading.nullable || solid.length < variants.length };
}

function typeNames(schema: JsonObject): string[] {
  const { type } = schema;
  if (type !== undefined) return [type].flat().map(String);
  const values = 'const' in schema ? [schema['const']] : schema['enum'];
  if (Array.isArray(values)) return [...new Set(values.map(nameOf))];
  return isObject(schema['properties']) ? ['object'] : [];
}

function nameOf(value: JsonValue | undefined): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

function resolveRef(ref: string, root: JsonObject): JsonValue | undefined {
  if (ref !== '#' && !ref.startsWith('#/')) return undefined;
  const names = ref.slice(1).split('/').slice(1);
  let at: JsonValue | undefined = root;
  for (const name of names) {
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~');
    at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return at;
}

function untyped(why: string): Reading {
  return { type: { kind: 'untyped', why }, nullable: false };
}
