import { type Cursor, skipSpace, stop } from './cursor.ts';
import { scanNumber } from './scan-number.ts';
import { scanString } from './scan-string.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Scans a whole text: one value, white space around it, nothing else. Returns false when stopped. */
export function scanText(cursor: Cursor): boolean {
  if (!scanValue(cursor)) return false;
  skipSpace(cursor);
  return cursor.pos === cursor.text.length || stop(cursor, 'syntax', cursor.pos);
}

function scanValue(cursor: Cursor): boolean {
  const unit = skipSpace(cursor);
  if (++cursor.values > cursor.maxMembers) return stop(cursor, 'too_many_values', cursor.pos);
  switch (unit) {
    case QUOTE:
      return scanString(cursor);
    case OPEN_OBJECT:
      return enter(cursor) && scanObject(cursor);
    case OPEN_ARRAY:
      return enter(cursor) && scanArray(cursor);
    case 0x74:
      return scanWord(cursor, 'true');
    case 0x66:
      return scanWord(cursor, 'false');
    case 0x6e:
      return scanWord(cursor, 'null');
    default:
      return scanNumber(cursor);
  }
}

function enter(cursor: Cursor): boolean {
  if (++cursor.depth > cursor.maxDepth) return stop(cursor, 'too_deep', cursor.pos);
  cursor.pos++;
  return true;
}

function leave(cursor: Cursor): true {
  cursor.depth--;
  cursor.pos++;
  return true;
}

function scanWord(cursor: Cursor, word: string): boolean {
  if (!cursor.text.startsWith(word, cursor.pos)) return stop(cursor, 'syntax', cursor.pos);
  cursor.pos += word.length;
  return true;
}

function scanArray(cursor: Cursor): boolean {
  if (skipSpace(cursor) === CLOSE_ARRAY) return leave(cursor);
  for (;;) {
    if (!scanValue(cursor)) return false;
    const unit = skipSpace(cursor);
    if (unit === CLOSE_ARRAY) return leave(cursor);
    if (unit !== COMMA) return stop(cursor, 'syntax', cursor.pos);
    cursor.pos++;
  }
}

function scanObject(cursor: Cursor): boolean {
  if (skipSpace(cursor) === CLOSE_OBJECT) return leave(cursor);
  const seen = new Set<string>();
  for (;;) {
    if (!scanKey(cursor, seen) || !scanValue(cursor)) return false;
    const unit = skipSpace(cursor);
    if (unit === CLOSE_OBJECT) return leave(cursor);
    if (unit !== COMMA) return stop(cursor, 'syntax', cursor.pos);
    cursor.pos++;
  }
}

/** Scans a key and its colon. Keys are compared as they decode, so "\u0061" is a second "a". */
function scanKey(cursor: Cursor, seen: Set<string>): boolean {
  if (skipSpace(cursor) !== QUOTE) return stop(cursor, 'syntax', cursor.pos);
  const start = cursor.pos;
  if (!scanString(cursor)) return false;
  const raw = cursor.text.slice(start + 1, cursor.pos - 1);
  const key = cursor.escaped ? String(JSON.parse(`"${raw}"`)) : raw;
  if (key === '__proto__') return stop(cursor, 'forbidden_key', start);
  if (seen.size === seen.add(key).size) return stop(cursor, 'duplicate_key', start);
  if (skipSpace(cursor) !== COLON) return stop(cursor, 'syntax', cursor.pos);
  cursor.pos++;
  return true;
}
