import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isExactNumber } from '@sallyport/base';

/** Bytes of a value as JSON in UTF-8. */
export function jsonBytes(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Says whether a value takes at most `maxBytes`. Small values are never printed: an upper bound is enough. */
export function fits(value: JsonObject, maxBytes: number): boolean {
  return bound(value, maxBytes) <= maxBytes || jsonBytes(value) <= maxBytes;
}

/** At least as many bytes as the value takes; stops counting once above `enough`. */
function bound(value: JsonValue, enough: number): number {
  if (typeof value === 'string') return value.length * 6 + 2;
  if (isExactNumber(value)) return value.text.length;
  if (typeof value !== 'object' || value === null) return 25;
  let sum = 2;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && sum <= enough; index++)
      sum += bound(value[index] as JsonValue, enough) + 1;
    return sum;
  }
  for (const name of Object.keys(value)) {
    if (sum > enough) break;
    sum += name.length * 6 + 4 + bound(value[name] as JsonValue, enough);
  }
  return sum;
}
