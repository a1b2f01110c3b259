import { decimalUnits } from '../decimal.ts';
import {
  decimalOf,
  equal,
  FAULT,
  includes,
  includesAll,
  includesAny,
  Unsure,
  type Known,
  type Value,
} from './value.ts';

/** Operators of one operand that need it whole. */
export const UNARY: ReadonlyMap<string, (value: Known) => Value> = new Map([
  ['!', (value: Known): Value => (typeof value === 'boolean' ? !value : FAULT)],
  ['neg', (value: Known): Value => (typeof value === 'number' ? exact(-value) : FAULT)],
  ['isEmpty', (value: Known): Value => (Array.isArray(value) ? value.length === 0 : FAULT)],
  ['decimal', decimal],
]);

/** Operators of two operands that need both whole. */
export const BINARY: ReadonlyMap<string, (a: Known, b: Known) => Value> = new Map([
  ['==', (a: Known, b: Known): Value => equal(a, b)],
  ['!=', (a: Known, b: Known): Value => negate(equal(a, b))],
  ['<', longs((a, b) => a < b)],
  ['<=', longs((a, b) => a <= b)],
  ['>', longs((a, b) => a > b)],
  ['>=', longs((a, b) => a >= b)],
  ['+', longs((a, b) => exact(a + b))],
  ['-', longs((a, b) => exact(a - b))],
  ['*', longs((a, b) => exact(a * b))],
  ['contains', (a: Known, b: Known): Value => (Array.isArray(a) ? includes(a, b) : FAULT)],
  ['containsAll', (a: Known, b: Known): Value => (Array.isArray(a) && Array.isArray(b) ? includesAll(a, b) : FAULT)],
  ['containsAny', (a: Known, b: Known): Value => (Array.isArray(a) && Array.isArray(b) ? includesAny(a, b) : FAULT)],
  ['lessThan', decimals((a, b) => a < b)],
  ['lessThanOrEqual', decimals((a, b) => a <= b)],
  ['greaterThan', decimals((a, b) => a > b)],
  ['greaterThanOrEqual', decimals((a, b) => a >= b)],
]);

function decimal(text: Known): Value {
  if (typeof text !== 'string' || decimalUnits(text) === null) return FAULT;
  return { __extn: { fn: 'decimal', arg: text } };
}

function negate(value: Value): Value {
  return typeof value === 'boolean' ? !value : value;
}

/** Cedar counts in 64 bits; where a double would round, nothing is claimed. */
function exact(value: number): Value {
  if (!Number.isSafeInteger(value)) throw new Unsure();
  return value;
}

/** Datetimes compare with `<` too; they are not known here. */
function longs(apply: (a: number, b: number) => Value) {
  return function compare(a: Known, b: Known): Value {
    return typeof a === 'number' && typeof b === 'number' ? apply(a, b) : FAULT;
  };
}

function decimals(apply: (a: bigint, b: bigint) => boolean) {
  return function compare(a: Known, b: Known): Value {
    const [x, y] = [decimalOf(a), decimalOf(b)];
    return x === null || y === null ? FAULT : apply(x, y);
  };
}
