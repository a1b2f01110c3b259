import { ExactNumber, isCarried } from './exact-number.ts';
import type { JsonArray, JsonObject, JsonValue } from './json.ts';

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const BACKSLASH = 0x5c;
/** Every integer of this many characters is printed by a double as it was written. */
const SHORT = 15;

/**
 * Parses JSON text like `JSON.parse`, but for numbers that a double does not give back to the letter: those are `ExactNumber`s. For
 * what others write, which passes through us as it is. Linear in the text, and as deep as memory goes.
 *
 * @throws SyntaxError for what is no JSON
 */
export function parseExact(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  return needsExact(text) ? build(text) : value;
}

/** Says whether a JSON text holds a number, outside its strings, that a double does not give back. */
function needsExact(text: string): boolean {
  for (let at = 0; at < text.length;) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = stringEnd(text, at);
    else if (!isNumeral(unit)) at += 1;
    else {
      const end = numberEnd(text, at);
      if (!isPlain(text, at, end)) return true;
      at = end;
    }
  }
  return false;
}

function isPlain(text: string, start: number, end: number): boolean {
  return (end - start <= SHORT && isDigits(text, start, end)) || isCarried(text.slice(start, end));
}

function isDigits(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (!isDigit(text.charCodeAt(at))) return false;
  return true;
}

interface Open {
  readonly value: JsonArray | JsonObject;
  /** The key whose value comes next; null where a key or an element comes. */
  key: string | null;
}

/** Makes the value of a text that is known to be JSON, by a stack of its own. */
function build(text: string): JsonValue {
  const root: JsonArray = [];
  const open: Open[] = [{ value: root, key: null }];
  for (let at = 0; at < text.length;) at = step(text, at, open);
  return root[0] as JsonValue;
}

/** Takes one token. @returns where the next one begins */
function step(text: string, at: number, open: Open[]): number {
  const character = text.charAt(at);
  if (character === '"') return takeString(text, at, open);
  if (isNumeral(text.charCodeAt(at))) return takeNumber(text, at, open);
  const word = words[character];
  if (word !== undefined) {
    place(open, word);
    return at + `${word}`.length;
  }
  if (character === '{' || character === '[') open.push({ value: place(open, character === '{' ? {} : []), key: null });
  else if (character === '}' || character === ']') open.pop();
  return at + 1; // a bracket, space, a comma, a colon
}

const words: Readonly<Record<string, boolean | null>> = { t: true, f: false, n: null };

function takeString(text: string, at: number, open: Open[]): number {
  const end = stringEnd(text, at);
  const raw = text.slice(at + 1, end - 1);
  const string = raw.includes('\\') ? String(JSON.parse(text.slice(at, end))) : raw;
  const holder = open.at(-1) as Open;
  if (holder.key === null && !Array.isArray(holder.value)) holder.key = string;
  else place(open, string);
  return end;
}

function takeNumber(text: string, at: number, open: Open[]): number {
  const end = numberEnd(text, at);
  const literal = text.slice(at, end);
  place(open, isCarried(literal) ? Number(literal) : new ExactNumber(literal));
  return end;
}

/** Puts a value where the innermost open array or object wants it. */
function place<Value extends JsonValue>(open: readonly Open[], value: Value): Value {
  const holder = open.at(-1) as Open;
  if (Array.isArray(holder.value)) holder.value.push(value);
  else define(holder.value, holder.key ?? '', value);
  holder.key = null;
  return value;
}

/** Assigning to `__proto__` would change a prototype instead of adding a member. */
function define(object: JsonObject, key: string, value: JsonValue): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The position behind the string that begins at `start`: a quote ends it unless an odd number of backslashes is before it. */
function stringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let before = quote;
  while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
  return (quote - before) % 2 === 1;
}

function numberEnd(text: string, start: number): number {
  let end = start + 1;
  while (isInNumber(text.charCodeAt(end))) end += 1;
  return end;
}

function isInNumber(unit: number): boolean {
  return isNumeral(unit) || unit === DOT || unit === PLUS || (unit | 0x20) === 0x65;
}

function isNumeral(unit: number): boolean {
  return unit === MINUS || isDigit(unit);
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}
