import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { count, type Counts } from '../text-edit.ts';
import { blocks, embedded, type Members } from './known-members.ts';
import { cleanMeta } from './meta.ts';

/** A content block with its known members; null where it is of no known type, or lacks what its type needs. */
export function keepBlock(block: JsonValue, counts: Counts): JsonObject | null {
  const known = isObject(block) && typeof block.type === 'string' ? blocks.get(block.type) : undefined;
  if (!isObject(block) || known === undefined) return leaveOut(counts, 'unknown_block');
  const kept = keepKnown(block, known.members, counts);
  if (known.required.some((name) => !Object.hasOwn(kept, name))) return leaveOut(counts, 'broken_block');
  if (!isObject(kept.resource)) return kept;
  const resource = keepKnown(kept.resource, embedded, counts);
  return resource === kept.resource ? kept : { ...kept, resource };
}

/** What stands where a list of blocks should: as such a list. */
export function blocksOf(value: JsonValue | undefined): JsonValue[] {
  if (isObject(value) && blocks.has(String(value.type))) return [value];
  if (value === undefined || value === null) return [];
  return [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }];
}

/** Drops members that are not known or not of the known kind, and of `_meta` what only we may write. */
export function keepKnown(object: JsonObject, members: Members, counts: Counts): JsonObject {
  const names = Object.keys(object);
  const kept = names.filter((name) => members.get(name)?.(object[name] as JsonValue) === true);
  if (kept.length === names.length) return cleanMeta(object, counts);
  count(counts, 'unknown_member', names.length - kept.length);
  return cleanMeta(Object.fromEntries(kept.map((name) => [name, object[name] as JsonValue])), counts);
}

/** An object with another list in one member; the same object where nothing of it is another. */
export function withItems(object: JsonObject, name: string, items: readonly JsonValue[]): JsonObject {
  const before = object[name];
  const same =
    Array.isArray(before) && before.length === items.length && items.every((item, at) => item === before[at]);
  return same ? object : { ...object, [name]: [...items] };
}

/** Counts what is left out. */
export function leaveOut(counts: Counts, kind: string): null {
  count(counts, kind);
  return null;
}
