import { ExactNumber } from './exact-number.ts';

/** Any value that JSON text can hold. Objects are plain: own enumerable string keys, prototype `Object` or none. */
export type JsonValue = null | boolean | number | string | JsonArray | JsonObject | ExactNumber;

/** A JSON array. */
export type JsonArray = JsonValue[];

/** A JSON object. Read members through `Object.hasOwn` or `Object.keys`, never through the prototype. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Says whether a value that came from JSON is an object: not null, not an array, not an exact number. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}
