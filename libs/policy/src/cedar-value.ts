import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

import { type Decimals, exactDecimals } from './placed-decimals.ts';
import { RESERVED_KEYS, type ValueType } from './value-type.ts';

/** A value that its type does not describe, or that Cedar can't hold. The call that carries it is denied. */
export const UNMAPPABLE = Symbol('unmappable');
/** A null: policies see that there is none. */
export const ABSENT = Symbol('absent');

export type Mapped = CedarValueJson | typeof UNMAPPABLE | typeof ABSENT;

const MAX_DEPTH = 200;

/**
 * A JSON value in Cedar's JSON, as its type says and never as the value itself suggests: only names that the approved
 * schema declares become attributes, and `__extn` is written by us alone.
 */
export function cedarValue(type: ValueType, value: JsonValue | undefined, decimals: Decimals = exactDecimals): Mapped {
  if (value === null || value === undefined || type.kind === 'untyped') return ABSENT;
  if (type.kind === 'set') return set(type.element, value, decimals);
  if (type.kind === 'record') return record(type.fields, value, decimals);
  if (type.kind === 'decimal') return Number.isFinite(value) ? decimals.shown(value as number) : UNMAPPABLE;
  return SCALARS[type.kind](value);
}

const SCALARS = {
  string: (value: JsonValue): Mapped => (typeof value === 'string' && value.isWellFormed() ? value : UNMAPPABLE),
  long: (value: JsonValue): Mapped => (Number.isSafeInteger(value) ? (value as number) : UNMAPPABLE),
  boolean: (value: JsonValue): Mapped => (typeof value === 'boolean' ? value : UNMAPPABLE),
};

function set(element: ValueType, value: JsonValue, decimals: Decimals): Mapped {
  if (!Array.isArray(value)) return UNMAPPABLE;
  const mapped: CedarValueJson[] = [];
  for (const each of value) {
    const one = cedarValue(element, each, decimals);
    if (one === UNMAPPABLE || one === ABSENT) return UNMAPPABLE;
    mapped.push(one);
  }
  return mapped;
}

type Fields = Extract<ValueType, { kind: 'record' }>['fields'];

function record(fields: Fields, value: JsonValue, decimals: Decimals): Mapped {
  if (!isObject(value)) return UNMAPPABLE;
  const mapped = emptyRecord();
  for (const [name, { type }] of fields) {
    const one = Object.hasOwn(value, name) ? cedarValue(type, value[name], decimals) : ABSENT;
    if (one === UNMAPPABLE) return UNMAPPABLE;
    if (one !== ABSENT) mapped[name] = one;
  }
  return mapped;
}

/** A record without a prototype, so that an attribute named `__proto__` is an attribute. */
export function emptyRecord(): Record<string, CedarValueJson> {
  return Object.create(null) as Record<string, CedarValueJson>;
}

/** What makes arguments unfit to be judged at all: a reserved name anywhere in them, or nesting without end. */
export function screen(value: JsonValue, depth = 0): 'reserved_key' | 'policy_error' | null {
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_DEPTH) return 'policy_error';
  for (const [name, each] of Object.entries(value)) {
    if (RESERVED_KEYS.has(name)) return 'reserved_key';
    const found = screen(each, depth + 1);
    if (found) return found;
  }
  return null;
}
