/** Any value that JSON can carry. Structurally the same type as in `@sallyport/base`. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject | ExactNumber;

/** A plain JSON object. */
export interface JsonObject {
  [name: string]: JsonValue;
}

/** A number of an upstream that no double carries: only its text is known. Made by `parseExact` of `@sallyport/base`. */
export interface ExactNumber {
  readonly text: string;
  toJSON(): unknown;
}
