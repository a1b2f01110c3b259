import type { JsonObject, JsonValue } from './json.ts';

declare global {
  interface JSON {
    /** Makes what `JSON.stringify` prints as it stands (ECMAScript proposal “JSON.parse source text access”, in V8). */
    rawJSON(text: string): unknown;
  }
}

/**
 * A number whose text no double gives back: an integer beyond 2^53, `1.0`, `1e400`, more digits than fit. Nobody may
 * count with it by mistake, so it is no number; `JSON.stringify` and `canonical` print its text.
 */
export class ExactNumber {
  /** As it was written; a number by the grammar of RFC 8259. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
    Object.freeze(this);
  }

  toJSON(): unknown {
    return JSON.rawJSON(this.text);
  }
}

/** Says whether a value is a number that is known by its text only. No other object that came from JSON is one. */
export function isExactNumber(value: unknown): value is ExactNumber {
  return value instanceof ExactNumber;
}

/** Says whether a double carries a number's very text. */
export function isCarried(text: string): boolean {
  return `${Number(text)}` === text;
}

/**
 * The double that is equal to a number, however that is written (`1.0` and `1e0` are 1).
 *
 * @returns undefined for what is no number, and for one that every double would round
 */
export function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (!(value instanceof ExactNumber)) return undefined;
  const double = Number(value.text);
  return Number.isFinite(double) && decimalOf(`${double}`) === decimalOf(value.text) ? double : undefined;
}

/**
 * A value with the nearest doubles in place of exact numbers, for those who compare sizes and nothing else.
 *
 * @param value at most some hundred levels deep
 * @returns the same object where there is no exact number in it
 */
export function rounded(value: JsonValue): JsonValue {
  if (value instanceof ExactNumber) return Number(value.text);
  if (!holdsExact(value)) return value;
  if (Array.isArray(value)) return value.map(rounded);
  return Object.fromEntries(Object.entries(value as JsonObject).map(([name, member]) => [name, rounded(member)]));
}

function holdsExact(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return value instanceof ExactNumber || Object.values(value).some(holdsExact);
}

/** Sign, digits without zeros around them, and exponent: the same for all texts of one number. */
function decimalOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  const digits = trimZeros(all);
  if (digits === '') return '0';
  const trailing = all.length - all.lastIndexOf(digits) - digits.length;
  return `${sign}${digits}e${Number(exponent) - fraction.length + trailing}`;
}

/** Loops, where an expression that is anchored at the end alone would try each zero of many as the first of the last. */
function trimZeros(digits: string): string {
  let from = 0;
  let to = digits.length;
  while (digits[from] === '0') from += 1;
  while (to > from && digits[to - 1] === '0') to -= 1;
  return digits.slice(from, to);
}
