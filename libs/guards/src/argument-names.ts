import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { type CompiledPath, compilePath } from '@sallyport/base';
import { type WordMeaning, wordOf } from './argument-words.ts';

/** What stands where an argument names an object. */
export interface Named extends Pick<WordMeaning, 'isWildcard' | 'isOpen' | 'parts'> {
  readonly pointer: string;
  /** The name; empty where there is not exactly one. */
  readonly id: string;
}

/** So many objects that a path finds are read; a further one is no name, and counts as one object more. */
export const MOST_NAMED = 1_000;

/** Stands for an empty array while a path is followed, since paths look through arrays and would see nothing. */
const nothing: JsonObject = {};

const paths = new Map<string, CompiledPath>();

/** What a path of a resource rule finds, and the elements in which it finds nothing. */
export interface Names {
  readonly found: readonly Named[];
  /** Pointers of elements of arrays, and of members that `*` stands for, that name no object. */
  readonly gaps: readonly string[];
}

/**
 * Reads every value that a path of a resource rule finds.
 *
 * @throws RangeError for a malformed path: the configuration should not have got this far
 */
export function namesOf(path: string, args: JsonObject): Names {
  const gaps: string[] = [];
  const found = pathOf(path)
    .find(filled(args), gaps)
    .map(({ pointer, value }, at) => {
      const here = value === nothing ? pointer.slice(0, pointer.lastIndexOf('/')) : pointer;
      if (at >= MOST_NAMED) return { id: '', isWildcard: true, isOpen: true, parts: [here], pointer: here };
      return { ...read(value === nothing ? {} : value), pointer: here };
    });
  return { found, gaps };
}

/** Paths come from the configuration, so there are few of them. */
function pathOf(source: string): CompiledPath {
  const known = paths.get(source);
  if (known !== undefined) return known;
  const compiled = compilePath(source);
  if (!compiled.ok) throw new RangeError(`the path ${source} is malformed: ${compiled.message}`);
  paths.set(source, compiled.path);
  return compiled.path;
}

function read(value: JsonValue): Omit<Named, 'pointer'> {
  if (typeof value === 'string') {
    const { isName, isWildcard, isOpen, parts } = wordOf(value);
    return { id: isName ? value : '', isWildcard, isOpen, parts };
  }
  if (typeof value === 'number') return readNumber(value);
  if (typeof value === 'boolean') return { id: '', isWildcard: false, isOpen: false, parts: [] };
  // Null is no name, and an object in place of a name is a filter, whatever it says.
  return { id: '', isWildcard: textsIn(value).some((text) => wordOf(text).isWildcard), isOpen: true, parts: [] };
}

function readNumber(value: number): Omit<Named, 'pointer'> {
  const isName = Number.isSafeInteger(value) && value >= 0;
  return { id: isName ? String(value) : '', isWildcard: false, isOpen: value < 0, parts: [String(value)] };
}

/** Every text within a value, keys as well. */
function textsIn(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  return [...keys, ...Object.values(value).flatMap(textsIn)];
}

/** The same value with `nothing` in each empty array; the value itself where there is none, which is nearly always. */
function filled<Value extends JsonValue>(value: Value): Value {
  return hasEmptyArray(value) ? (fill(value) as Value) : value;
}

function hasEmptyArray(value: JsonValue): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(value) && value.length === 0) return true;
  return Object.values(value).some(hasEmptyArray);
}

function fill(value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.length === 0 ? [nothing] : value.map(fill);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member)]));
}
