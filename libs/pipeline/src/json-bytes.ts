import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isExactNumber } from '@sallyport/base';

/**
 * The bytes of an object's JSON text, however deep it is: `JSON.stringify` throws on what an upstream nested some thousand
 * levels deep, and a size that can't be taken must not cost an outcome its record.
 */
export function jsonBytes(value: JsonObject): number {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch {
    return visited(value);
  }
}

/** The same by a stack of its own. */
function visited(value: JsonObject): number {
  let bytes = 0;
  const waiting: JsonValue[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === null || typeof next !== 'object' || isExactNumber(next)) {
      bytes += Buffer.byteLength(JSON.stringify(next));
      continue;
    }
    const members = Object.values(next);
    bytes += 2 + Math.max(0, members.length - 1);
    if (!Array.isArray(next))
      for (const name of Object.keys(next)) bytes += Buffer.byteLength(JSON.stringify(name)) + 1;
    for (const member of members) waiting.push(member);
  }
  return bytes;
}
