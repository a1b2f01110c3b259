import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject, numberOf } from '@sallyport/base';

/** A member that is text; undefined for anything else. */
export function textIn(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' ? value : undefined;
}

/** A member that is a number that a double carries; undefined for anything else. */
export function numberIn(object: JsonObject, name: string): number | undefined {
  const value = numberOf(object[name]);
  return Number.isFinite(value) ? value : undefined;
}

/** A list of objects; undefined for anything else. */
export function objectsOf(value: JsonValue | undefined): readonly JsonObject[] | undefined {
  return Array.isArray(value) && value.every(isObject) ? value : undefined;
}

/** A list of texts; undefined for anything else. */
export function textsOf(value: JsonValue | undefined): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

/** Members that have a value. */
export function present(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const entries = Object.entries(members).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
