import { type Cursor, stop } from './cursor.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What may follow a backslash, apart from `u`: " / \ b f n r t */
const SHORT_ESCAPES = '"/\\bfnrt';

/** The units that a string may hold as they are: from U+0020, without quote and backslash. */
const plainRun = /[ !#-[\]-\uffff]*/y;
/** A run longer than this is left to the expression, which is faster by the unit and slower to start. */
const NEAR = 32;

/**
 * Scans one string; the cursor stands on its opening quote and is left behind the closing one. Raw lone surrogates are
 * looked for before the scan, over the whole text; here only escapes can hide one.
 */
export function scanString(cursor: Cursor): boolean {
  const { text } = cursor;
  let pos = plainEnd(text, cursor.pos + 1);
  cursor.escaped = false;
  while (text.charCodeAt(pos) === BACKSLASH) {
    cursor.escaped = true;
    pos = escapeEnd(cursor, pos);
    if (pos < 0) return false;
    pos = plainEnd(text, pos);
  }
  if (text.charCodeAt(pos) !== QUOTE) return stop(cursor, 'syntax', pos); // a control character, or the text ended
  cursor.pos = pos + 1;
  return true;
}

/** Returns the position of the first unit that is not plain, the length of the text if all are. */
function plainEnd(text: string, from: number): number {
  for (let pos = from; pos < from + NEAR; pos++) {
    const unit = text.charCodeAt(pos);
    if (!(unit >= 0x20) || unit === QUOTE || unit === BACKSLASH) return pos; // NaN behind the end
  }
  plainRun.lastIndex = from + NEAR;
  plainRun.test(text);
  return plainRun.lastIndex;
}

/** Returns the position behind the escape at `pos`, -1 if it is refused. */
function escapeEnd(cursor: Cursor, pos: number): number {
  const { text } = cursor;
  const kind = text.charAt(pos + 1);
  if (kind !== 'u') return kind !== '' && SHORT_ESCAPES.includes(kind) ? pos + 2 : refuse(cursor, 'syntax', pos);

  const unit = hexUnit(text, pos + 2);
  if (unit < 0) return refuse(cursor, 'syntax', pos);
  if (!isHigh(unit) && !isLow(unit)) return pos + 6;
  return isHigh(unit) && isLow(hexEscape(text, pos + 6)) ? pos + 12 : refuse(cursor, 'lone_surrogate', pos);
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/**
 * Returns the unit that an escape at `pos` stands for, -1 if there is none. Half of a pair written as an escape can only
 * be completed by another escape: a raw other half is lone in the raw text.
 */
function hexEscape(text: string, pos: number): number {
  return text.startsWith('\\u', pos) ? hexUnit(text, pos + 2) : -1;
}

function refuse(cursor: Cursor, code: 'syntax' | 'lone_surrogate', at: number): -1 {
  stop(cursor, code, at);
  return -1;
}

/** Returns the value of four hexadecimal digits, -1 if they are not four. */
function hexUnit(text: string, from: number): number {
  const digits = text.slice(from, from + 4);
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : -1;
}
