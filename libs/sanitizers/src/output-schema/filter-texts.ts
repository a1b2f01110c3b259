import type { CatalogTool, JsonObject, JsonValue } from '@sallyport/contracts';
import { isExactNumber, isObject, parseExact } from '@sallyport/base';
import { count, type Counts } from '../text-edit.ts';

export interface Filter {
  readonly check: NonNullable<CatalogTool['checkOutput']>;
  /** The structured content as it came. */
  readonly whole: JsonValue;
  /** The same without unnamed members. */
  readonly filtered: JsonValue;
}

/** JSON in JSON in JSON is as deep as anybody writes it. */
const deepest = 3;

/**
 * Servers repeat their structured content as JSON in texts, and what was dropped from one may not leak through the other.
 * An object of JSON in a text block, an embedded resource, a member that holds text, or in such JSON itself loses what the
 * schema does not name where it repeats the structured content: what the schema names in it is the same, or it has a member that was
 * dropped. Whatever else is JSON, such as a file that the tool read, stays to the letter.
 *
 * @returns content and structured content, the same objects where nothing changed
 */
export function filterTexts(
  { content }: JsonObject,
  filter: Filter,
  counts: Counts,
): { readonly content: JsonValue | undefined; readonly structuredContent: JsonValue } {
  const reading: Reading = { ...filter, dropped: droppedFrom(filter.whole, filter.filtered), counts };
  return {
    content: content === undefined ? undefined : filterMembers(content, reading, 0),
    structuredContent: filterMembers(filter.filtered, reading, 0),
  };
}

interface Reading extends Filter {
  /** Every member that was dropped, by name and value. */
  readonly dropped: ReadonlySet<string>;
  readonly counts: Counts;
}

const member = (name: string, value: JsonValue): string => JSON.stringify([name, value]);

function droppedFrom(whole: JsonValue, filtered: JsonValue): ReadonlySet<string> {
  if (whole === filtered || !isContainer(whole) || !isContainer(filtered)) return new Set();
  const kept = new Map(Object.entries(filtered));
  return new Set(
    Object.entries(whole).flatMap(([name, value]) => {
      const below = kept.get(name);
      return below === undefined ? [member(name, value)] : [...droppedFrom(value, below)];
    }),
  );
}

/** Every text of a value, filtered. */
function filterMembers<Value extends JsonValue>(value: Value, reading: Reading, depth: number): Value {
  if (typeof value === 'string') return filterText(value, reading, depth) as Value;
  return mapped(value, (one) => filterMembers(one, reading, depth));
}

function filterText(text: string, reading: Reading, depth: number): string {
  const parsed = depth < deepest ? parseText(text) : null;
  if (parsed === null) return text;
  const value =
    typeof parsed === 'string' ? filterText(parsed, reading, depth + 1) : filterJson(parsed, reading, depth + 1);
  return value === parsed ? text : JSON.stringify(value, null, text.includes('\n') ? 2 : 0);
}

/** Every object that repeats the structured content, wherever it stands, without what the schema does not name. */
function filterJson<Value extends JsonValue>(value: Value, reading: Reading, depth: number): Value {
  if (typeof value === 'string') return filterText(value, reading, depth) as Value;
  if (!isObject(value)) return mapped(value, (one) => filterJson(one, reading, depth));
  const { value: kept, dropped } = reading.check(value);
  if (dropped > 0 && isObject(kept) && repeats(value, kept, reading)) {
    count(reading.counts, 'unnamed_member_in_text');
    return kept as Value;
  }
  return mapped(value, (one) => filterJson(one, reading, depth)) as Value;
}

function repeats(value: JsonObject, kept: JsonObject, { whole, dropped }: Reading): boolean {
  if (Object.entries(value).some(([name, one]) => dropped.has(member(name, one)))) return true;
  const named = Object.entries(kept);
  if (!isObject(whole)) return false;
  return named.length > 0 && named.every(([name, one]) => JSON.stringify(whole[name]) === JSON.stringify(one));
}

/** The same value where no member changed. */
function mapped<Value extends JsonValue>(value: Value, change: (one: JsonValue) => JsonValue): Value {
  if (!isContainer(value)) return value;
  const members = Object.entries(value).map(([name, one]) => [name, one, change(one)] as const);
  if (members.every(([, one, made]) => made === one)) return value;
  const changed = Array.isArray(value)
    ? members.map(([, , made]) => made)
    : Object.fromEntries(members.map(([name, , made]) => [name, made]));
  return changed as Value;
}

function isContainer(value: JsonValue): value is JsonObject | JsonValue[] {
  return Array.isArray(value) || (isObject(value) && !isExactNumber(value));
}

/** The JSON that a text is. Only what starts like an object, an array or a text is tried; null for everything else. */
export function parseText(text: string): JsonValue {
  if (!/^\s{0,64}[{["]/.test(text)) return null;
  try {
    return parseExact(text);
  } catch {
    return null;
  }
}
