import type { StrictJsonCode } from './strict-json-refusal.ts';

/** Where a scan stands in its text, what it has counted, and why it stopped if it did. */
export interface Cursor {
  readonly text: string;
  readonly maxDepth: number;
  readonly maxMembers: number;
  pos: number;
  depth: number;
  values: number;
  /** The string scanned last held a backslash. */
  escaped: boolean;
  /** Some number was a negative zero. */
  negativeZero: boolean;
  code: StrictJsonCode;
  at: number;
}

/** Puts a cursor at the start of a text. */
export function cursorOn(text: string, maxDepth: number, maxMembers: number): Cursor {
  return {
    text,
    maxDepth,
    maxMembers,
    pos: 0,
    depth: 0,
    values: 0,
    escaped: false,
    negativeZero: false,
    code: 'syntax',
    at: 0,
  };
}

/** Notes why and where the scan stops. Returns false, so that a scan can end with `return stop(…)`. */
export function stop(cursor: Cursor, code: StrictJsonCode, at: number): false {
  cursor.code = code;
  cursor.at = at;
  return false;
}

/** Skips JSON white space. Returns the code unit that follows, NaN at the end. */
export function skipSpace(cursor: Cursor): number {
  const { text } = cursor;
  let unit = text.charCodeAt(cursor.pos);
  while (unit <= 0x20 && (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09)) {
    unit = text.charCodeAt(++cursor.pos);
  }
  return unit;
}
