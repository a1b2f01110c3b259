import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { counted, isObject } from '@sallyport/base';
import { noteItem } from '../own-results.ts';
import { count, type Counts } from '../text-edit.ts';
import { isWithin } from './is-within.ts';
import { keepKnown, leaveOut, withItems } from './keep-block.ts';
import { embedded, readMembers } from './known-members.ts';

/**
 * What was read, with its known members. A content of another resource is left out, and the client is told so: who may read that one
 * was not asked, and clients keep contents by their URI.
 *
 * @param asked the URI of the request
 */
export function keepResource(value: JsonObject, asked: string, counts: Counts): JsonObject {
  const result = keepKnown(value, readMembers, counts);
  if (!Array.isArray(result.contents)) return result;
  const contents = result.contents
    .map((content) => keepContent(content, asked, counts))
    .filter((content) => content !== null);
  const kept = contents.filter(({ uri }) => isWithin(asked, String(uri)));
  const foreign = contents.length - kept.length;
  if (foreign === 0) return withItems(result, 'contents', kept);
  count(counts, 'foreign_uri', foreign);
  return withItems(result, 'contents', [...kept, noteItem({ what: 'resource', uri: asked }, foreignNote(foreign))]);
}

/** One without a URI is of the one that was asked. */
function keepContent(given: JsonValue, asked: string, counts: Counts): JsonObject | null {
  const content = isObject(given) ? keepKnown(given, embedded, counts) : {};
  if (content.text === undefined && content.blob === undefined) return leaveOut(counts, 'broken_block');
  if (content.uri !== undefined) return content;
  count(counts, 'content_made');
  return { uri: asked, ...content };
}

function foreignNote(foreign: number): string {
  return `[cut: ${counted(foreign, 'content')} left out: of another URI than the one that was asked, and not below it]`;
}
