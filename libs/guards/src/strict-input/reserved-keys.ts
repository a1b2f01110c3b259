import type { JsonValue } from '@sallyport/contracts';

/** Cedar's JSON takes these for entities and extension values; the last would change an object's prototype. */
const reserved: ReadonlySet<string> = new Set(['__entity', '__extn', '__expr', '__proto__']);

/** Says whether any object within a value has a reserved key. Keeps a stack of its own, however deep the value is. */
export function hasReservedKey(value: JsonValue): boolean {
  const waiting: JsonValue[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === null || typeof next !== 'object') continue;
    if (!Array.isArray(next) && Object.keys(next).some((key) => reserved.has(key))) return true;
    for (const member of Object.values(next)) if (typeof member === 'object') waiting.push(member);
  }
  return false;
}
