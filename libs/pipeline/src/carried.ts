import type { JsonValue } from '@sallyport/contracts';
import { type ExactNumber, isExactNumber, numberOf } from '@sallyport/base';

/**
 * A value in which every number is the one that was written: `100.0` is 100, and whole numbers are within 2^53.
 *
 * @returns undefined where one is not, or where the value is too deep to be recorded
 */
export function carried(value: JsonValue, levels = 100): JsonValue | undefined {
  if (typeof value === 'number' || isExactNumber(value)) return carriedNumber(value);
  if (value === null || typeof value !== 'object') return value;
  const members = Object.values(value).map((member) => (levels === 0 ? undefined : carried(member, levels - 1)));
  if (!members.every((member) => member !== undefined)) return undefined;
  return Array.isArray(value)
    ? members
    : Object.fromEntries(Object.keys(value).map((name, at) => [name, members[at] as JsonValue]));
}

function carriedNumber(value: number | ExactNumber): number | undefined {
  const number = numberOf(value);
  if (number === undefined || (Number.isInteger(number) && !Number.isSafeInteger(number))) return undefined;
  return number === 0 ? 0 : number; // without the sign of -0
}
