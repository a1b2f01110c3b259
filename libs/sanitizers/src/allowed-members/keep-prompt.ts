import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { count, type Counts } from '../text-edit.ts';
import { blocksOf, keepBlock, keepKnown, withItems } from './keep-block.ts';
import { promptMembers, promptMessage } from './known-members.ts';

/** A prompt with its known members, and of its messages those that can be read. */
export function keepPrompt(value: JsonObject, counts: Counts): JsonObject {
  const result = keepKnown(value, promptMembers, counts);
  const { messages } = result;
  if (!Array.isArray(messages)) return result;
  return withItems(
    result,
    'messages',
    messages.flatMap((message) => keepMessage(message, counts)),
  );
}

/** One message; of several blocks as many messages. */
function keepMessage(given: JsonValue, counts: Counts): readonly JsonObject[] {
  const message = isObject(given) ? keepKnown(given, promptMessage, counts) : {};
  const { role, content } = message;
  if (role === undefined || content === undefined) {
    count(counts, 'broken_block');
    return [];
  }
  return blocksIn(content, counts)
    .map((block) => keepBlock(block, counts))
    .filter((block) => block !== null)
    .map((block) => (block === content ? message : { ...message, content: block }));
}

function blocksIn(content: JsonValue, counts: Counts): readonly JsonValue[] {
  if (isObject(content)) return [content];
  count(counts, 'content_made');
  return Array.isArray(content) ? content : blocksOf(content);
}
