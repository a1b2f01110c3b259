import { ExactNumber } from './exact-number.ts';
import type { JsonArray, JsonObject, JsonValue } from './json.ts';

/** Why a value has no canonical form. */
export type CanonicalCode = 'not_json' | 'not_finite' | 'lone_surrogate' | 'too_deep';

/** Thrown by `canonical` for a value that is not plain JSON; `code` says why, the value is not quoted. */
export class CanonicalError extends Error {
  readonly code: CanonicalCode;

  constructor(code: CanonicalCode, message: string) {
    super(message);
    this.name = 'CanonicalError';
    this.code = code;
  }
}

/** Deeper than anything `parseStrict` lets in by default; finds cycles before the stack ends. */
const MAX_DEPTH = 1_000;
/** Below this length a loop beats the engine's quoting. */
const SHORT = 48;
/** Printed keys that are remembered: the first ones, so that nobody can push out those of records with made-up ones. */
const MAX_LABELS = 1_000;
const labels = new Map<string, string>();
/** Below this many keys an insertion sort beats the engine's sort. */
const FEW = 12;

/**
 * Prints a value as canonical JSON (RFC 8785): no white space, keys sorted by UTF-16 code units, numbers as ECMAScript
 * prints them, -0 as 0, those that no double carries by their own text. Only own enumerable string keys count.
 *
 * @param value plain JSON; objects of another realm are fine
 * @throws CanonicalError `not_json` for undefined, holes, functions, symbols, bigints, symbol keys and instances of any
 *   class (Map, Date, …; `toJSON` is never called), `not_finite` for NaN and infinities, `lone_surrogate`, `too_deep`
 *   beyond 1,000 levels or for a cycle
 */
export function canonical(value: JsonValue): string {
  return print(value, 0);
}

function print(value: JsonValue, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      if (!Number.isFinite(value)) throw new CanonicalError('not_finite', 'A number is not finite.');
      return `${value}`;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : printNested(value, depth);
    default:
      throw new CanonicalError('not_json', `A value of type ${typeof value} is not JSON.`);
  }
}

function printNested(value: JsonArray | JsonObject | ExactNumber, depth: number): string {
  if (value instanceof ExactNumber) return value.text;
  if (depth >= MAX_DEPTH) throw new CanonicalError('too_deep', `The value is nested deeper than ${MAX_DEPTH} levels.`);
  if (!isPlain(value)) throw new CanonicalError('not_json', 'An object is not a plain object or array.');
  return Array.isArray(value) ? printArray(value, depth + 1) : printObject(value, depth + 1);
}

function printArray(items: JsonArray, depth: number): string {
  let out = '[';
  for (let index = 0; index < items.length; index++) {
    if (index > 0) out += ',';
    out += print(items[index] as JsonValue, depth); // a hole is undefined, which `print` refuses
  }
  return `${out}]`;
}

function printObject(object: JsonObject, depth: number): string {
  const keys = sorted(Object.keys(object));
  let out = '';
  for (const key of keys) {
    out += (out === '' ? '{' : ',') + label(key);
    const value = object[key] as JsonValue;
    out += typeof value === 'string' ? quote(value) : print(value, depth);
  }
  return out === '' ? '{}' : `${out}}`;
}

/** A key as it is printed before its value. Those of records come again and again. */
function label(key: string): string {
  const known = labels.get(key);
  if (known !== undefined) return known;
  const made = `${quote(key)}:`;
  if (key.length < SHORT && labels.size < MAX_LABELS) labels.set(key, made);
  return made;
}

/** Sorts in place by UTF-16 code units, which is how ECMAScript compares strings. */
function sorted(keys: string[]): string[] {
  if (keys.length > FEW) return keys.sort();
  for (let from = 1; from < keys.length; from++) {
    const key = keys[from] as string;
    let to = from;
    for (; to > 0 && (keys[to - 1] as string) > key; to--) keys[to] = keys[to - 1] as string;
    keys[to] = key;
  }
  return keys;
}

function quote(text: string): string {
  if (text.length < SHORT && isUnescaped(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new CanonicalError('lone_surrogate', 'A string holds half of a surrogate pair.');
  return JSON.stringify(text);
}

/** Says whether a text needs no escape and holds no surrogate, paired or not. */
function isUnescaped(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || (unit & 0xf800) === 0xd800) return false;
  }
  return true;
}

function isPlain(value: JsonArray | JsonObject): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) return prototype === Array.prototype || Array.isArray(prototype);
  if (Object.getOwnPropertySymbols(value).length > 0) return false;
  return prototype === Object.prototype || prototype === null || isForeignRoot(prototype);
}

/** `Object.prototype` of another realm (a worker's message, a test's sandbox) is a root that has its methods. */
function isForeignRoot(prototype: unknown): boolean {
  if (typeof prototype !== 'object' || prototype === null) return false;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}
