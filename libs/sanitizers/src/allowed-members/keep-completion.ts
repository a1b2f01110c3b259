import type { JsonObject } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { count, type Counts } from '../text-edit.ts';
import { keepKnown, withItems } from './keep-block.ts';
import { completeMembers, completionMembers } from './known-members.ts';

/** More values are not sent at once (2025-11-25, server/utilities/completion). */
const MOST_VALUES = 100;

/** A completion with its known members, and of its values the first hundred texts. */
export function keepCompletion(value: JsonObject, counts: Counts): JsonObject {
  const result = keepKnown(value, completeMembers, counts);
  if (!isObject(result.completion)) return result;
  const completion = keepValues(keepKnown(result.completion, completionMembers, counts), counts);
  return completion === result.completion ? result : { ...result, completion };
}

function keepValues(completion: JsonObject, counts: Counts): JsonObject {
  const { values } = completion;
  if (!Array.isArray(values)) return completion;
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length < values.length) count(counts, 'broken_value', values.length - texts.length);
  const kept = withItems(completion, 'values', texts.slice(0, MOST_VALUES));
  if (texts.length <= MOST_VALUES) return kept;
  count(counts, 'excess_value', texts.length - MOST_VALUES);
  return { ...kept, hasMore: true };
}
