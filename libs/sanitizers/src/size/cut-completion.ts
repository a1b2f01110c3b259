import type { JsonObject, SanitizeContext, Sanitized } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { isOwnResult } from '../own-results.ts';
import { unchanged } from '../text-edit.ts';
import { tooLarge } from './cut-result.ts';
import type { Limit } from './cut-text.ts';
import { jsonBytes } from './size-bound.ts';

/** Leaves out the values of a completion that don't fit any more: `hasMore` tells the client. */
export function cutCompletion(value: JsonObject, context: SanitizeContext, limit: Limit): Sanitized {
  if (isOwnResult(value, context)) return unchanged(value);
  const completion = isObject(value.completion) ? value.completion : {};
  const values = Array.isArray(completion.values) ? completion.values : [];
  const cut = { ...completion, values: [], hasMore: true };
  let left = limit.bytes - jsonBytes({ ...value, completion: cut });
  if (left < 0) return tooLarge(context, limit);
  const kept = values.filter((one) => {
    const bytes = jsonBytes(one) + 1;
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
  const changes = [{ sanitizer: 'size', kind: 'value_left_out', count: values.length - kept.length }];
  return { value: { ...value, completion: { ...cut, values: kept } }, changes };
}
