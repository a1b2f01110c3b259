import type { JsonObject } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { removeInvisible } from '../invisible/remove-invisible.ts';
import { count, type Counts } from '../text-edit.ts';

const ours = 'dev.sallyport/';

/** Drops members of `_meta` that only we may write, also those that would become ours once invisible characters are gone. */
export function cleanMeta(object: JsonObject, counts: Counts): JsonObject {
  if (!isObject(object._meta)) return object;
  const entries = Object.entries(object._meta);
  const kept = entries.filter(([name]) => !removeInvisible(name, new Map()).trim().toLowerCase().startsWith(ours));
  if (kept.length === entries.length) return object;
  count(counts, 'forged_meta', entries.length - kept.length);
  return { ...object, _meta: Object.fromEntries(kept) };
}
