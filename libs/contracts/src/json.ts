/** Any value that JSON can carry. Structurally the same type as in `@sallyport/strict-json`. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A plain JSON object. */
export interface JsonObject {
  [name: string]: JsonValue;
}
