import type { JsonObject, JsonValue, SanitizeContext, Sanitized } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { isPageType } from '../app-page.ts';
import { noteItem } from '../own-results.ts';
import { changesOf, count, type Counts, unchanged } from '../text-edit.ts';
import { cutNote, type Limit } from './cut-text.ts';
import { innerName, itemsIn, listOf } from './items.ts';
import { jsonBytes } from './size-bound.ts';

/** Bytes, in JSON, of the picture, sound, file or page (half of one is as useless as half of a picture) in an item; 0 where there is none. */
export function blobBytes(item: JsonValue): number {
  const { blob, data, text, mimeType } = holderOf(item);
  const bytes = blob ?? data ?? (isPageType(mimeType) ? text : undefined);
  return typeof bytes === 'string' ? jsonBytes(bytes) - 2 : 0; // the quotes
}

/** Puts a note in the place of each blob that does not fit any more, so that half of a picture is never shown; `kept` bytes stay. */
export function cutBlobs(
  value: JsonObject,
  context: SanitizeContext,
  limit: Limit,
): Sanitized & { readonly kept: number } {
  const counts: Counts = new Map();
  let left = limit.bytes;
  const items = itemsIn(value, context).map((item) => {
    const bytes = blobBytes(item);
    if (bytes <= left) {
      left -= bytes;
      return item;
    }
    count(counts, 'blob_left_out');
    return noteItem(context, cutNote(`${kindOf(item)} of ${bytes} bytes`, limit), item);
  });
  const kept = limit.bytes - left;
  if (counts.size === 0) return { ...unchanged(value), kept };
  return { value: { ...value, [listOf(context)]: items }, changes: changesOf('size', counts), kept };
}

/** The object that has the blob or text of an item. */
function holderOf(item: JsonValue): JsonObject {
  if (!isObject(item)) return {};
  const inner = innerName(item);
  return inner === null ? item : holderOf(item[inner] ?? null);
}

/** The word of the upstream where it is a plain one. */
function kindOf(item: JsonValue): string {
  const { mimeType } = holderOf(item);
  return typeof mimeType === 'string' && /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/.test(mimeType) ? mimeType : 'a blob';
}
