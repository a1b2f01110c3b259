import type { JsonObject, JsonValue, Sanitized } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { changesOf, count, type Counts, unchanged } from '../text-edit.ts';
import { cutNote, type Limit } from './cut-text.ts';
import { jsonBytes } from './size-bound.ts';

/** Bytes, in JSON, of the picture, sound or file in a content block; 0 where there is none. */
export function blobBytes(block: JsonValue): number {
  const blob = blobOf(block);
  return blob === null ? 0 : jsonBytes(blob) - 2; // the quotes
}

/** Puts a note in the place of each blob that does not fit any more, so that half of a picture is never shown; `kept` bytes stay. */
export function cutBlobs(value: JsonObject, limit: Limit): Sanitized & { readonly kept: number } {
  if (!Array.isArray(value.content)) return { ...unchanged(value), kept: 0 };
  const counts: Counts = new Map();
  let left = limit.bytes;
  const content = value.content.map((block) => {
    const bytes = blobBytes(block);
    if (bytes <= left) {
      left -= bytes;
      return block;
    }
    count(counts, 'blob_left_out');
    return { type: 'text', text: cutNote(`${kindOf(block)} of ${bytes} bytes`, limit) };
  });
  const kept = limit.bytes - left;
  if (counts.size === 0) return { ...unchanged(value), kept };
  return { value: { ...value, content }, changes: changesOf('size', counts), kept };
}

function blobOf(block: JsonValue): string | null {
  if (!isObject(block)) return null;
  const blob = isObject(block.resource) ? block.resource.blob : block.data;
  return typeof blob === 'string' ? blob : null;
}

/** The word of the upstream where it is a plain one. */
function kindOf(block: JsonValue): string {
  const { mimeType } = isObject(block) ? (isObject(block.resource) ? block.resource : block) : {};
  return typeof mimeType === 'string' && /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/.test(mimeType) ? mimeType : 'a blob';
}
