import type { z } from 'zod';

type Def = z.core.$ZodTypes['_zod']['def'];
type Schema = z.core.$ZodType;

/** What a reader must know of one value. */
export interface Described {
  /** In words: `string`, `duration`, `list of string`, … */
  readonly type: string;
  /** As one would write it; null where there is none. */
  readonly fallback: string | null;
  readonly required: boolean;
  readonly description: string;
  /** The objects that the value is or holds; several where it has several forms. */
  readonly shapes: readonly Shape[];
}

/** The members of an object, by name. */
export type Shape = Readonly<Record<string, Schema>>;

const units = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** Explains one schema of the configuration or of an event. */
export function describe(schema: Schema): Described {
  const { inner, fallback, required, description } = unwrap(schema);
  return {
    type: typeOf(inner),
    fallback: fallback === undefined ? null : written(inner, fallback),
    required,
    description,
    shapes: shapesOf(inner),
  };
}

interface Unwrapped {
  readonly inner: Schema;
  readonly fallback: unknown;
  readonly required: boolean;
  readonly description: string;
}

function unwrap(schema: Schema): Unwrapped {
  const def = defOf(schema);
  const own = textOf(schema);
  if (def.type === 'default' || def.type === 'prefault') {
    const below = unwrap(def.innerType);
    return { ...below, fallback: def.defaultValue, required: false, description: own || below.description };
  }
  if (def.type === 'optional') {
    const below = unwrap(def.innerType);
    return { ...below, required: false, description: own || below.description };
  }
  return { inner: schema, fallback: undefined, required: true, description: own };
}

function textOf(schema: Schema): string {
  return 'description' in schema && typeof schema.description === 'string' ? schema.description : '';
}

function defOf(schema: Schema): Def {
  return (schema as z.core.$ZodTypes)._zod.def;
}

function typeOf(schema: Schema): string {
  const def = defOf(schema);
  switch (def.type) {
    case 'pipe':
      return typeOf(def.in);
    case 'string':
      return stringType(schema);
    case 'number':
      return 'format' in def ? 'whole number' : 'number';
    case 'boolean':
      return 'true or false';
    default:
      return compoundType(def);
  }
}

function compoundType(def: Def): string {
  switch (def.type) {
    case 'enum':
      return Object.values(def.entries)
        .map((entry) => `\`${String(entry)}\``)
        .join(', ');
    case 'literal':
      return def.values.map((value) => `\`${String(value)}\``).join(', ');
    case 'array':
      return `list of ${describe(def.element).type}`;
    case 'record':
      return `map of ${describe(def.valueType).type}`;
    case 'nullable':
      return `${typeOf(def.innerType)} or null`;
    case 'union':
      return [...new Set(def.options.map(typeOf))].join(' or ');
    case 'object':
      return Object.keys(def.shape).length > 3 ? 'object' : `{ ${Object.keys(def.shape).join(', ')} }`;
    default:
      return 'JSON';
  }
}

const patterns: readonly (readonly [start: string, name: string])[] = [
  ['^\\d+(ms|', 'duration'],
  ['^[1-9]\\d*\\/', 'rate'],
  ['^(hmac-)?sha256', 'digest'],
  ['^(sub|cli|res', 'pseudonym'],
  ['^\\/', 'JSON Pointer'],
];

function stringType(schema: Schema): string {
  const { checks = [], ...def } = defOf(schema);
  if ('format' in def && def.format === 'url') return 'URL';
  for (const check of checks) {
    const { pattern } = check._zod.def as { pattern?: RegExp };
    const known = patterns.find(([start]) => pattern?.source.startsWith(start));
    if (known !== undefined) return known[1];
  }
  return 'string';
}

function shapesOf(schema: Schema): readonly Shape[] {
  const def = defOf(schema);
  switch (def.type) {
    case 'object':
      return [def.shape];
    case 'array':
      return describe(def.element).shapes;
    case 'record':
      return describe(def.valueType).shapes;
    case 'nullable':
      return shapesOf(def.innerType);
    case 'union':
      return def.options.flatMap(shapesOf);
    default:
      return [];
  }
}

/** A default as one would write it in the file. */
function written(schema: Schema, value: unknown): string {
  if (typeof value === 'number' && typeOf(schema) === 'duration') {
    const [unit, ms] = units.find(([, size]) => value % size === 0) ?? ['ms', 1];
    return `${value / ms}${unit}`;
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
