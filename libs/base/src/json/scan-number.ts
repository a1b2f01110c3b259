import { type Cursor, stop } from './cursor.ts';

const MINUS = 0x2d;
const ZERO = 0x30;
const DOT = 0x2e;
/** Every integer of this many digits is below 2^53. */
const SAFE_DIGITS = 15;

const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39;

/**
 * Scans one number by the grammar of RFC 8259 section 6. Refuses what a double can't carry: a magnitude above 2^53-1
 * (every such double is an integer that may stand for several texts) and a non-zero text that becomes 0.
 * A fraction may round. A negative zero is noted on the cursor.
 */
export function scanNumber(cursor: Cursor): boolean {
  const { text, pos: start } = cursor;
  const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
  const end = digitsEnd(text, first);
  if (end === first) return stop(cursor, 'syntax', end);
  const leadingZero = text.charCodeAt(first) === ZERO;
  if (leadingZero && end > first + 1) return stop(cursor, 'syntax', first + 1);

  if (!leadingZero && end - first <= SAFE_DIGITS && !continues(text.charCodeAt(end))) {
    cursor.pos = end;
    return true;
  }
  return scanRest(cursor, end);
}

/** Says whether a unit behind the integer part makes it a fraction or gives it an exponent. */
function continues(unit: number): boolean {
  return unit === DOT || (unit | 0x20) === 0x65;
}

/** Scans fraction and exponent, then judges the value; `integerEnd` is where the integer part ends. */
function scanRest(cursor: Cursor, integerEnd: number): boolean {
  const { text, pos: start } = cursor;
  let end = integerEnd;
  if (text.charCodeAt(end) === DOT) {
    end = digitsEnd(text, end + 1);
    if (!isDigit(text.charCodeAt(end - 1))) return stop(cursor, 'syntax', end);
  }
  end = exponentEnd(text, end);
  if (!isDigit(text.charCodeAt(end - 1))) return stop(cursor, 'syntax', end);
  cursor.pos = end;
  return carries(cursor, start, end);
}

function digitsEnd(text: string, from: number): number {
  let end = from;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
}

/** Returns where the exponent ends, `from` if there is none. Without digits, the unit before the end is not a digit. */
function exponentEnd(text: string, from: number): number {
  if ((text.charCodeAt(from) | 0x20) !== 0x65) return from;
  const sign = text.charCodeAt(from + 1);
  return digitsEnd(text, sign === 0x2b || sign === MINUS ? from + 2 : from + 1);
}

function carries(cursor: Cursor, start: number, end: number): boolean {
  const literal = cursor.text.slice(start, end);
  const value = Number(literal);
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return stop(cursor, 'unsafe_number', start);
  if (value !== 0) return true;
  if (/^[^eE]*[1-9]/.test(literal)) return stop(cursor, 'unsafe_number', start);
  if (Object.is(value, -0)) cursor.negativeZero = true;
  return true;
}
