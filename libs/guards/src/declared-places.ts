import type { SchemaError } from '@sallyport/contracts';

const MOST_PLACES = 3;

/**
 * Which arguments are wrong, for the record: the first three, each as its top-level name, and only names that the operator or
 * the approved definition wrote. What a client made up may say anything, and stays out of the record.
 *
 * @param declared pointers whose first name is known, such as `/path` or `/items/-/path`
 */
export function declaredPlaces(errors: readonly SchemaError[], declared: readonly string[]): string[] {
  const first = (pointer: string): string => pointer.split('/', 2).join('/');
  const known = new Set(declared.map(first));
  const places = new Set(errors.map(({ pointer }) => first(pointer)).filter((place) => known.has(place)));
  return [...places].slice(0, MOST_PLACES);
}
