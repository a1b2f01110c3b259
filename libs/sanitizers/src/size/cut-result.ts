import type { JsonObject, JsonValue, SanitizeContext, Sanitized } from '@sallyport/contracts';
import { counted, isObject } from '@sallyport/base';
import { failedResult, isOwnResult, noteItem, tooLargeText } from '../own-results.ts';
import { changesOf, count, type Counts, unchanged } from '../text-edit.ts';
import { blobBytes } from './blobs.ts';
import { cutNote, cutText, type Limit } from './cut-text.ts';
import { innerName, itemsIn, listOf } from './items.ts';
import { jsonBytes } from './size-bound.ts';

/**
 * Keeps everything but the list of blocks, messages or contents whole, and gives that list what is left: texts are cut, other
 * items that don't fit are left out. Blobs have a limit of their own and don't count. When even the rest is too large, the
 * result becomes a failed one that says so.
 */
export function cutResult(value: JsonObject, context: SanitizeContext, limit: Limit): Sanitized {
  if (isOwnResult(value, context)) return unchanged(value);
  const counts: Counts = new Map();
  const items = itemsIn(value, context);
  const leftOut = (missing: number): JsonObject => noteItem(context, cutNote(counted(missing, 'block'), limit));
  const list = listOf(context);
  const room = limit.bytes - jsonBytes({ ...value, [list]: [leftOut(items.length)] }) - 1;
  if (room < 0) return tooLarge(context, limit);
  const kept = cutItems(items, { room, limit }, counts);
  const missing = items.length - kept.length;
  if (missing > 0) count(counts, 'block_left_out', missing);
  if (missing > 0) kept.push(leftOut(missing));
  return { value: { ...value, [list]: kept }, changes: changesOf('size', counts) };
}

/** A failed result that says by which limit. */
export function tooLarge(context: SanitizeContext, { bytes }: Limit): Sanitized {
  const changes = [{ sanitizer: 'size', kind: 'too_large', count: 1 }];
  return { value: failedResult(tooLargeText(context, bytes)), changes };
}

interface Space {
  readonly room: number;
  readonly limit: Limit;
}

function cutItems(items: readonly JsonValue[], { room, limit }: Space, counts: Counts): JsonValue[] {
  const kept: JsonValue[] = [];
  let left = room;
  for (const item of items) {
    const fitting = sizeOf(item) < left ? item : fitText(item, { room: left, limit }, counts);
    if (fitting === null) continue;
    kept.push(fitting);
    left -= sizeOf(fitting) + 1;
  }
  return kept;
}

function sizeOf(item: JsonValue): number {
  return jsonBytes(item) - blobBytes(item);
}

/** The item with its text cut, or null. */
function fitText(item: JsonValue, { room, limit }: Space, counts: Counts): JsonObject | null {
  if (!isObject(item)) return null;
  const inner = innerName(item);
  if (inner !== null) {
    const left = room - jsonBytes({ ...item, [inner]: null });
    const fitting = fitText(item[inner] ?? null, { room: left, limit }, counts);
    return fitting && { ...item, [inner]: fitting };
  }
  if (typeof item.text !== 'string') return null;
  const text = cutText(item.text, room - jsonBytes({ ...item, text: '' }) - 1, limit);
  if (text === null) return null;
  count(counts, 'text_cut');
  return { ...item, text };
}
