import type { JsonObject, JsonValue, SanitizeContext } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

const lists = { result: 'content', prompt: 'messages', resource: 'contents', completion: '', message: '' };

/** The member of a result that lists its blocks, messages or contents; `''` where it has none. */
export function listOf({ what }: Pick<SanitizeContext, 'what'>): string {
  return lists[what];
}

/** What stands in that list. */
export function itemsIn(value: JsonObject, context: Pick<SanitizeContext, 'what'>): readonly JsonValue[] {
  const items = value[listOf(context)];
  return Array.isArray(items) ? items : [];
}

/** The member of an item that holds its text or blob; null where it does itself. A message has a block, and a block a resource. */
export function innerName(item: JsonObject): 'content' | 'resource' | null {
  if (isObject(item.content)) return 'content';
  return isObject(item.resource) ? 'resource' : null;
}
