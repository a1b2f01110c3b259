/** A text as the rules read it: what only looks different from ASCII is written in ASCII. */
export interface Folded {
  readonly text: string;
  /** Where each of its characters begins in the original, and where the original ends. Null where both are the same. */
  readonly places: readonly number[] | null;
}

export type Fold = (text: string) => Folded;

const blanks = String.raw`\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000`;
const dashes = String.raw`\u2010-\u2015\u2212\ufe58\ufe63\uff0d`;
const styled = String.raw`\uff01-\uff5e\u{1d400}-\u{1d7ff}`;

/** Source of an expression (flag `u`) that matches every text which folding may change. */
export const foldableSource = String.raw`[${blanks}${dashes}${styled}]|(?![0-9])\p{Nd}`;

const foldable = new RegExp(foldableSource, 'u');
const blank = new RegExp(`[${blanks}]`, 'u');
const dash = new RegExp(`[${dashes}]`, 'u');
const decimal = /^\p{Nd}$/u;
const ascii = /^[!-~]$/;

/** Blanks of other kinds are blanks: for rules that read words and groups. */
export const foldWide: Fold = (text) => fold(text, ' ');

/** Blanks of other kinds are left out: nobody sees that they break a key in two. */
export const foldTight: Fold = (text) => fold(text, '');

function fold(text: string, instead: '' | ' '): Folded {
  if (!foldable.test(text)) return { text, places: null };
  let folded = '';
  const places: number[] = [];
  let at = 0;
  for (const character of text) {
    const plain = plainOf(character, instead);
    for (let unit = 0; unit < plain.length; unit++) places.push(at + (plain === character ? unit : 0));
    folded += plain;
    at += character.length;
  }
  return { text: folded, places: [...places, at] };
}

function plainOf(character: string, instead: '' | ' '): string {
  if (character <= '\u007f') return character;
  if (blank.test(character)) return instead;
  if (dash.test(character)) return '-';
  if (decimal.test(character)) return digitOf(character.codePointAt(0) ?? 0);
  const compatible = character.normalize('NFKC');
  return ascii.test(compatible) ? compatible : character;
}

/** Decimal digits of a script stand one after the other from nought to nine (UAX #44, `Numeric_Type=Decimal`). */
function digitOf(point: number): string {
  let first = point;
  while (decimal.test(String.fromCodePoint(first - 1))) first--;
  return String((point - first) % 10);
}
