import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { count, type Counts } from '../text-edit.ts';

/** Deeper than any honest answer, and shallow enough for all that reads it later and for the client's parser. */
const MAX_DEPTH = 100;

/** Replaces what is nested deeper than 100 levels by a note (`too_deep`). The same object when nothing is. */
export function cutDepth(value: JsonObject, counts: Counts): JsonObject {
  return cutObject(value, 1, counts);
}

function cut(value: JsonValue, depth: number, counts: Counts): JsonValue {
  if (!Array.isArray(value) && !isObject(value)) return value;
  if (depth > MAX_DEPTH) {
    count(counts, 'too_deep');
    return '[cut: nested too deeply]';
  }
  return Array.isArray(value) ? cutArray(value, depth, counts) : cutObject(value, depth, counts);
}

function cutArray(items: JsonValue[], depth: number, counts: Counts): JsonValue[] {
  let copy: JsonValue[] | null = null;
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as JsonValue;
    const kept = cut(item, depth + 1, counts);
    if (kept !== item) (copy ??= items.slice())[index] = kept;
  }
  return copy ?? items;
}

function cutObject(object: JsonObject, depth: number, counts: Counts): JsonObject {
  let replaced: Map<string, JsonValue> | null = null;
  for (const name of Object.keys(object)) {
    const value = object[name] as JsonValue;
    const kept = cut(value, depth + 1, counts);
    if (kept !== value) (replaced ??= new Map(Object.entries(object))).set(name, kept);
  }
  return replaced === null ? object : Object.fromEntries(replaced);
}
