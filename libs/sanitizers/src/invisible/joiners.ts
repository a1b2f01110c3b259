const ZWNJ = '\u200c';
const ZWJ = '\u200d';
const TEXT_STYLE = '\ufe0e';
const EMOJI_STYLE = '\ufe0f';

const picture = /^\p{Extended_Pictographic}$/u;
const beforeJoiner = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]$/u;
const keycapBase = /^[0-9#*]$/;
/** Scripts whose letters change their form by joiners, and the marks between them. */
const joining = new RegExp(
  `^[${[
    ...['Arabic', 'Syriac', 'Nko', 'Mongolian', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil'],
    ...['Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Khmer', 'Myanmar'],
  ]
    .map((script) => `\\p{Script=${script}}`)
    .join('')}]$`,
  'u',
);

/**
 * Says whether the invisible character at `index` is needed to write what stands around it: a joiner inside an emoji
 * sequence or between letters of a joining script, a style selector after an emoji. Nowhere else.
 */
export function isNeeded(text: string, index: number, character: string): boolean {
  const before = codePointBefore(text, index);
  const after = codePointAt(text, index + character.length);
  switch (character) {
    case EMOJI_STYLE:
    case TEXT_STYLE:
      return picture.test(before) || (keycapBase.test(before) && after === '\u20e3');
    case ZWJ:
      return isEmojiSequence(before, after) || isJoinedWord(before, after);
    case ZWNJ:
      return isJoinedWord(before, after);
    default:
      return false;
  }
}

function isEmojiSequence(before: string, after: string): boolean {
  return beforeJoiner.test(before) && picture.test(after);
}

function isJoinedWord(before: string, after: string): boolean {
  return joining.test(before) && joining.test(after);
}

function codePointAt(text: string, index: number): string {
  const point = text.codePointAt(index);
  return point === undefined ? '' : String.fromCodePoint(point);
}

function codePointBefore(text: string, index: number): string {
  const isPair = index > 1 && (text.charCodeAt(index - 1) & 0xfc00) === 0xdc00;
  return index === 0 ? '' : codePointAt(text, index - (isPair ? 2 : 1));
}
