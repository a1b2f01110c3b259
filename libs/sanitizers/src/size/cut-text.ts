/** A limit in the words of the configuration. */
export interface Limit {
  readonly setting: string;
  readonly bytes: number;
}

/** Says what is missing, by which limit. */
export function cutNote(what: string, { setting, bytes }: Limit): string {
  return `[cut: ${what} left out (${setting}: ${bytes})]`;
}

/**
 * The longest beginning of a text, cut between characters, that takes at most `room` bytes as JSON together with a note
 * of how many bytes (UTF-8) were left out, by which limit. Null when not even the note fits.
 */
export function cutText(text: string, room: number, limit: Limit): string | null {
  const note = (missing: string): string => `\n${cutNote(`${Buffer.byteLength(missing)} bytes`, limit)}`;
  const left = room - note(text).length - QUOTES;
  if (left < 0) return null;
  const end = endWithin(text, left);
  return `${text.slice(0, end)}${note(text.slice(end))}`;
}

/** Around a text, and the escape of the line break before the note. */
const QUOTES = 3;

/** Index in UTF-16 units behind the last whole code point that fits. */
function endWithin(text: string, room: number): number {
  let used = 0;
  let index = 0;
  while (index < text.length) {
    const point = text.codePointAt(index) as number;
    used += bytesOf(point);
    if (used > room) return index;
    index += point > 0xffff ? 2 : 1;
  }
  return index;
}

/** Bytes of one code point as `JSON.stringify` prints it. */
function bytesOf(point: number): number {
  if (point < 0x80) return point < 0x20 || point === 0x22 || point === 0x5c ? bytesEscaped(point) : 1;
  if (point < 0x800) return 2;
  if (point > 0xffff) return 4;
  return point >= 0xd800 && point <= 0xdfff ? 6 : 3; // half a pair is printed as \udXXX
}

/** `\n` and its like take two, `\u0001` and its like six. */
function bytesEscaped(point: number): number {
  return '"\\\b\t\n\f\r'.includes(String.fromCharCode(point)) ? 2 : 6;
}
