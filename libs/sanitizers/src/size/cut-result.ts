import type { JsonObject, JsonValue, SanitizeContext, Sanitized } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { failedResult, isOwnResult, tooLargeText } from '../own-results.ts';
import { changesOf, count, type Counts, unchanged } from '../text-edit.ts';
import { cutText } from './cut-text.ts';
import { jsonBytes } from './size-bound.ts';

/** Room for the note that says how many blocks are missing. */
const LEFT_OUT_BYTES = 80;

/**
 * Keeps everything but the content whole, and gives the content what is left: texts are cut, other blocks that don't fit
 * are left out. When even the rest is too large, the result becomes a failed one that says so.
 */
export function cutResult(value: JsonObject, context: SanitizeContext, maxBytes: number): Sanitized {
  if (isOwnResult(value, context)) return unchanged(value);
  const counts: Counts = new Map();
  const blocks = Array.isArray(value.content) ? value.content : [];
  const room = maxBytes - jsonBytes({ ...value, content: [] }) - LEFT_OUT_BYTES;
  if (room < 0) {
    count(counts, 'too_large');
    return { value: failedResult(tooLargeText(context)), changes: changesOf('size', counts) };
  }
  const content = cutBlocks(blocks, room, counts);
  return { value: { ...value, content }, changes: changesOf('size', counts) };
}

function cutBlocks(blocks: readonly JsonValue[], room: number, counts: Counts): JsonValue[] {
  const kept: JsonValue[] = [];
  let left = room;
  for (const block of blocks) {
    const fitting = fit(block, left, counts);
    if (fitting === null) continue;
    kept.push(fitting);
    left -= jsonBytes(fitting) + 1;
  }
  const missing = blocks.length - kept.length;
  if (missing > 0) count(counts, 'block_left_out', missing);
  if (missing > 0)
    kept.push({ type: 'text', text: `[cut: ${missing} ${missing === 1 ? 'block' : 'blocks'} left out]` });
  return kept;
}

/** The block as it is, or with its text cut, or null. */
function fit(block: JsonValue, room: number, counts: Counts): JsonValue | null {
  if (jsonBytes(block) < room) return block;
  if (!isObject(block)) return null;
  if (isObject(block.resource)) {
    const resource = fitText(block.resource, room - jsonBytes({ ...block, resource: null }), counts);
    return resource && { ...block, resource };
  }
  return fitText(block, room, counts);
}

function fitText(holder: JsonObject, room: number, counts: Counts): JsonObject | null {
  if (typeof holder.text !== 'string') return null;
  const text = cutText(holder.text, room - jsonBytes({ ...holder, text: '' }) - 1);
  if (text === null) return null;
  count(counts, 'text_cut');
  return { ...holder, text };
}
