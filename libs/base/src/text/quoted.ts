/** What can't be seen, or draws over, reorders or stands apart from what is beside it. The plain space is none. */
const HIDDEN =
  /^(?:[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Me}\u2800\ufffc\u{13441}\u{13442}\u{16fe4}\u{1d159}\u0334-\u0338\u20d0-\u20ff]|(?! )\p{Zs})$/u;
/** What a reader could take for the end of the quotation. */
const QUOTES = /^[\\"“”„‟″‶‷‴〃〝〞〟＂ʺˮ˝˵˶⁗🙶🙷🙸״❝❞⹂«»‹›＼﹨]$/u;
/** Two of these beside each other look like one of those. */
const APOSTROPHES = /^['‘’‚‛′‵ʹʻʼʽʾʿˈˊˋ˴＇`｀´΄᾽᾿`´῾՚՛՝Ꞌꞌᛌᑊߴߵ❛❜׳\u{16f51}\u{16f52}]$/u;
const MARK = /^\p{M}$/u;
/** Scripts that are read from the right: set apart, they can't reorder what stands around them. */
const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const [ISOLATE, POP] = ['\u2068', '\u2069'];

export interface Quoted {
  /** The quotation. Nothing within it looks like its end. */
  readonly text: string;
  /** How many characters at the end are not in it. */
  readonly missing: number;
}

/**
 * Quotes a text that somebody else wrote for a person who must not be misled by it: between double quotes, as a JSON
 * string, in which everything that can't be seen, or looks like a quote, is written as its code.
 *
 * @param most characters that are shown; each code counts as the characters that it is written with
 */
export function quoted(text: string, most = Infinity): Quoted {
  let shown = '';
  let length = 0;
  let before = '';
  let taken = 0;
  let spaces = 0;
  for (const character of text) {
    spaces = character === ' ' ? spaces + 1 : 0;
    // Any number of spaces pushes what follows out of sight.
    const piece = spaces > 2 || isHidden(character, before) ? codeOf(character) : character;
    length += piece.length > 2 ? piece.length : 1;
    if (length > most) break;
    shown += piece;
    before += character;
    if (before.length > 8) before = before.slice(-4);
    taken += character.length;
  }
  const quotation = `"${shown}"`;
  const isolated = FROM_THE_RIGHT.test(shown) ? `${ISOLATE}${quotation}${POP}` : quotation;
  return { text: isolated, missing: charactersIn(text, taken) };
}

/** `before` ends with the characters before it. */
function isHidden(character: string, before: string): boolean {
  if (HIDDEN.test(character) || QUOTES.test(character)) return true;
  if (APOSTROPHES.test(character)) return APOSTROPHES.test(before.slice(-1));
  // A mark needs a letter to stand on, and more than two are drawn over the lines around.
  return MARK.test(character) && !/[\p{L}\p{N}]\p{M}?$/u.test(before);
}

/** As JSON escapes it. */
function codeOf(character: string): string {
  if (character === '\\') return '\\\\';
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

function charactersIn(text: string, from: number): number {
  let count = 0;
  for (let at = from; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) count++;
  return count;
}
