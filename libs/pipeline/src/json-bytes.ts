import type { JsonValue } from '@sallyport/contracts';

/**
 * The bytes of a value's JSON text. Walks by a stack of its own: `JSON.stringify` throws on what an upstream nested some
 * thousand levels deep, and a size that can't be taken must not cost an outcome its record.
 */
export function jsonBytes(value: JsonValue): number {
  let bytes = 0;
  const waiting: JsonValue[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === null || typeof next !== 'object') {
      bytes += Buffer.byteLength(JSON.stringify(next));
      continue;
    }
    const names = Array.isArray(next) ? [] : Object.keys(next);
    const members = Object.values(next);
    bytes += 2 + Math.max(0, members.length - 1);
    for (const name of names) bytes += Buffer.byteLength(JSON.stringify(name)) + 1;
    for (const member of members) waiting.push(member);
  }
  return bytes;
}
