import type { JsonObject, JsonValue, SanitizeContext, Sanitized } from '@sallyport/contracts';
import { counted, isObject } from '@sallyport/base';
import { failedResult, isOwnResult, tooLargeText } from '../own-results.ts';
import { changesOf, count, type Counts, unchanged } from '../text-edit.ts';
import { blobBytes } from './blobs.ts';
import { cutNote, cutText, type Limit } from './cut-text.ts';
import { jsonBytes } from './size-bound.ts';

/**
 * Keeps everything but the content whole, and gives the content what is left: texts are cut, other blocks that don't fit
 * are left out. Blobs have a limit of their own and don't count. When even the rest is too large, the result becomes a failed one
 * that says so.
 */
export function cutResult(value: JsonObject, context: SanitizeContext, limit: Limit): Sanitized {
  if (isOwnResult(value, context)) return unchanged(value);
  const counts: Counts = new Map();
  const blocks = Array.isArray(value.content) ? value.content : [];
  const note = (missing: number): JsonObject => leftOut(missing, limit);
  const room = limit.bytes - jsonBytes({ ...value, content: [note(blocks.length)] }) - 1;
  if (room < 0) {
    count(counts, 'too_large');
    return { value: failedResult(tooLargeText(context, limit.bytes)), changes: changesOf('size', counts) };
  }
  const content = cutBlocks(blocks, { room, limit }, counts);
  return { value: { ...value, content }, changes: changesOf('size', counts) };
}

interface Space {
  readonly room: number;
  readonly limit: Limit;
}

function leftOut(missing: number, limit: Limit): JsonObject {
  return { type: 'text', text: cutNote(counted(missing, 'block'), limit) };
}

function cutBlocks(blocks: readonly JsonValue[], { room, limit }: Space, counts: Counts): JsonValue[] {
  const kept: JsonValue[] = [];
  let left = room;
  for (const block of blocks) {
    const fitting = fit(block, { room: left, limit }, counts);
    if (fitting === null) continue;
    kept.push(fitting);
    left -= sizeOf(fitting) + 1;
  }
  const missing = blocks.length - kept.length;
  if (missing > 0) count(counts, 'block_left_out', missing);
  if (missing > 0) kept.push(leftOut(missing, limit));
  return kept;
}

function sizeOf(block: JsonValue): number {
  return jsonBytes(block) - blobBytes(block);
}

/** The block as it is, or with its text cut, or null. */
function fit(block: JsonValue, { room, limit }: Space, counts: Counts): JsonValue | null {
  if (sizeOf(block) < room) return block;
  if (!isObject(block)) return null;
  if (isObject(block.resource)) {
    const left = room - jsonBytes({ ...block, resource: null });
    const resource = fitText(block.resource, { room: left, limit }, counts);
    return resource && { ...block, resource };
  }
  return fitText(block, { room, limit }, counts);
}

function fitText(holder: JsonObject, { room, limit }: Space, counts: Counts): JsonObject | null {
  if (typeof holder.text !== 'string') return null;
  const text = cutText(holder.text, room - jsonBytes({ ...holder, text: '' }) - 1, limit);
  if (text === null) return null;
  count(counts, 'text_cut');
  return { ...holder, text };
}
