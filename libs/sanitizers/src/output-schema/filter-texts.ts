import type { CatalogTool, JsonObject, JsonValue } from '@sallyport/contracts';
import { isExactNumber, isObject, parseExact } from '@sallyport/strict-json';
import { count, type Tally } from '../text-edit.ts';

export interface Filter {
  readonly check: NonNullable<CatalogTool['checkOutput']>;
  /** The structured content without unnamed members. */
  readonly filtered: JsonObject;
  /** Whether it had any. */
  readonly hadUnnamed: boolean;
}

/** JSON in JSON in JSON is as deep as anybody writes it. */
const deepest = 3;

/**
 * Servers repeat their structured content as JSON in a text, and what was dropped from one may not leak through the other.
 * A text block that is a JSON object is filtered by the same schema and printed again. Elsewhere (an embedded resource, a
 * member that holds JSON as text, JSON within such a text) only objects that keep the schema are: others are something
 * else, such as a file that the tool read.
 *
 * @returns content and structured content, the same objects where nothing changed
 */
export function filterTexts(
  { content }: JsonObject,
  filter: Filter,
  tally: Tally,
): { readonly content: JsonValue | undefined; readonly structuredContent: JsonObject } {
  const same = JSON.stringify(filter.filtered);
  const structuredContent = filterMembers(filter.filtered, filter, { tally, depth: 0 });
  if (!Array.isArray(content)) return { content, structuredContent };
  const blocks = content.map((block) => filterBlock(block, { ...filter, same }, tally));
  return { content: blocks.some((block, at) => block !== content[at]) ? blocks : content, structuredContent };
}

function filterBlock(block: JsonValue, filter: Filter & { readonly same: string }, tally: Tally): JsonValue {
  if (!isObject(block)) return block;
  const { text, resource } = block;
  if (typeof text === 'string' && text !== filter.same)
    return filterTextBlock({ ...block, text }, filter, tally) ?? block;
  if (!isObject(resource)) return block;
  const inside = filterMembers(resource, filter, { tally, depth: 0 });
  return inside === resource ? block : { ...block, resource: inside };
}

/** Null where nothing changes. */
function filterTextBlock(
  block: JsonObject & { readonly text: string },
  filter: Filter & { readonly same: string },
  tally: Tally,
): JsonObject | null {
  const parsed = parse(block.text);
  if (Array.isArray(parsed)) return filter.hadUnnamed ? replaceText(block, filter.same, tally) : null;
  if (isObject(parsed)) {
    const { value, dropped } = filter.check(parsed);
    return dropped === 0 ? null : replaceText(block, printed(value, block.text), tally);
  }
  const inside = filterText(block.text, filter, { tally, depth: 0 });
  return inside === block.text ? null : { ...block, text: inside };
}

function replaceText(block: JsonObject, text: string, tally: Tally): JsonObject {
  count(tally, 'unnamed_member_in_text');
  return { ...block, text };
}

interface Inside {
  readonly tally: Tally;
  /** How many texts it lies in. */
  readonly depth: number;
}

/** The texts of a value, each filtered. */
function filterMembers<Value extends JsonValue>(value: Value, filter: Filter, inside: Inside): Value {
  if (typeof value === 'string') return filterText(value, filter, inside) as Value;
  if (value === null || typeof value !== 'object' || isExactNumber(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, filterMembers(member, filter, inside)] as const);
  if (members.every(([name, member]) => member === (value as JsonObject)[name])) return value;
  return (Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members)) as Value;
}

function filterText(text: string, filter: Filter, { tally, depth }: Inside): string {
  const parsed = depth < deepest ? parse(text) : null;
  if (parsed === null) return text;
  const deeper = { tally, depth: depth + 1 };
  const value = typeof parsed === 'string' ? filterText(parsed, filter, deeper) : filterValue(parsed, filter, deeper);
  return value === parsed ? text : printed(value, text);
}

/** Every object that keeps the schema, wherever it stands, without the members that it does not name. */
function filterValue(value: JsonValue, filter: Filter, inside: Inside): JsonValue {
  if (Array.isArray(value)) {
    const items = value.map((item) => filterValue(item, filter, inside));
    return items.some((item, at) => item !== value[at]) ? items : value;
  }
  if (!isObject(value)) return filterMembers(value, filter, inside);
  const { value: kept, dropped, errors } = filter.check(value);
  if (errors.length === 0 && dropped > 0 && Object.keys(kept).length > 0) {
    count(inside.tally, 'unnamed_member_in_text');
    return kept;
  }
  const members = Object.entries(value).map(([name, member]) => [name, filterValue(member, filter, inside)] as const);
  return members.some(([name, member]) => member !== value[name]) ? Object.fromEntries(members) : value;
}

function printed(value: JsonValue, like: string): string {
  return JSON.stringify(value, null, like.includes('\n') ? 2 : 0);
}

/** Only what starts like an object, an array or a text is tried; null for everything else. */
function parse(text: string): JsonValue {
  if (!/^\s{0,64}[{["]/.test(text)) return null;
  try {
    return parseExact(text);
  } catch {
    return null;
  }
}
