import type { CatalogTool, JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject, parseExact } from '@sallyport/strict-json';
import { count, type Tally } from '../text-edit.ts';

interface Filter {
  readonly check: NonNullable<CatalogTool['checkOutput']>;
  /** The structured content without unnamed members. */
  readonly filtered: JsonObject;
  /** Whether it had any. */
  readonly hadUnnamed: boolean;
}

/**
 * Servers repeat their structured content as JSON in a text block, and what was dropped from one may not leak through the
 * other: every text that is a JSON object is filtered by the same schema and printed anew.
 *
 * @returns the content, or null when there is none or nothing changed
 */
export function filterTexts({ content }: JsonObject, filter: Filter, tally: Tally): JsonValue[] | null {
  if (!Array.isArray(content)) return null;
  const same = JSON.stringify(filter.filtered);
  const blocks = content.map((block) => filterBlock(block, { ...filter, same }, tally));
  return blocks.some((block, index) => block !== content[index]) ? blocks : null;
}

function filterBlock(block: JsonValue, filter: Filter & { readonly same: string }, tally: Tally): JsonValue {
  if (!isObject(block) || typeof block.text !== 'string' || block.text === filter.same) return block;
  const parsed = parse(block.text);
  if (Array.isArray(parsed)) return filter.hadUnnamed ? replaceText(block, filter.same, tally) : block;
  if (!isObject(parsed)) return block;
  const { value, dropped } = filter.check(parsed);
  if (dropped === 0) return block;
  return replaceText(block, JSON.stringify(value, null, block.text.includes('\n') ? 2 : 0), tally);
}

function replaceText(block: JsonObject, text: string, tally: Tally): JsonObject {
  count(tally, 'unnamed_member_in_text');
  return { ...block, text };
}

/** Only what starts like an object or array is tried; null for everything else. */
function parse(text: string): JsonValue {
  if (!/^\s{0,64}[{[]/.test(text)) return null;
  try {
    return parseExact(text);
  } catch {
    return null;
  }
}
