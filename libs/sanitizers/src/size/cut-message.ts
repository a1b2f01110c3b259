import type { JsonObject, Sanitized } from '@sallyport/contracts';
import { changesOf, count, type Counts } from '../text-edit.ts';
import { mapStrings } from '../map-strings.ts';
import { cutText, type Limit } from './cut-text.ts';
import { fits, jsonBytes } from './size-bound.ts';

/** What one string of a message that is too large may keep, in bytes. */
const STRING_BYTES = 1_024;
const long = /^[^]{1024}/;

/** Cuts the long strings of a notification or request; if that is not enough, members that don't fit go. */
export function cutMessage(value: JsonObject, limit: Limit): Sanitized {
  const maxBytes = limit.bytes;
  const counts: Counts = new Map();
  const shortened = mapStrings(value, long, (text) => shorten(text, limit, counts));
  if (fits(shortened, maxBytes)) return { value: shortened, changes: changesOf('size', counts) };
  count(counts, 'message_cut');
  return { value: keepSmall(shortened, maxBytes), changes: changesOf('size', counts) };
}

/** Members in their order, without those that would not fit any more. */
function keepSmall(value: JsonObject, maxBytes: number): JsonObject {
  let used = 2;
  const kept = Object.entries(value).filter(([name, member]) => {
    const bytes = jsonBytes(name) + jsonBytes(member) + 2;
    const isIn = used + bytes <= maxBytes;
    if (isIn) used += bytes;
    return isIn;
  });
  return Object.fromEntries(kept);
}

function shorten(text: string, limit: Limit, counts: Counts): string {
  const cut = text.length < STRING_BYTES ? null : cutText(text, STRING_BYTES, limit);
  if (cut === null) return text;
  count(counts, 'text_cut');
  return cut;
}
