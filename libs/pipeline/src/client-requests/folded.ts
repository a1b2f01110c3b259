import { latinLowerCase } from '@sallyport/base';

/** Letters with a stroke have no form without it. */
const stroked: Readonly<Record<string, string>> = { đ: 'd', ħ: 'h', ł: 'l', ø: 'o' };
const stoodFor: Readonly<Record<string, string>> = {
  ...{ 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't' },
  ...{ $: 's', '@': 'a', '!': 'i', '|': 'l' },
};
const unseen = /[\p{C}\p{M}\p{Default_Ignorable_Code_Point}]/gu;
/** Ligatures of whole sentences: one of them becomes eighteen letters. */
const sentences = /[\ufdf0-\ufdff]/g;

/** A text in lower case, without marks and what can't be seen, compatibility forms (full width, mathematical) made plain. */
export function simple(text: string): string {
  return plain(text)
    .toLowerCase()
    .replaceAll(/[\u{1f150}-\u{1f189}]/gu, boxed);
}

/** The same with look-alike letters as Latin ones. */
export function folded(text: string): string {
  return simple(latinLowerCase(plain(text))).replaceAll(/[đħłø]/g, (letter) => stroked[letter] ?? letter);
}

function plain(text: string): string {
  return text.replaceAll(sentences, ' ').normalize('NFKD').replaceAll(unseen, '');
}

/** A folded text with digits and signs that stand for letters as those letters: `p4$$w0rd`. */
export function withoutLeetspeak(text: string): string {
  return text.replaceAll(/[013457$@!|]/g, (sign) => stoodFor[sign] ?? sign);
}

/** Negative circled and squared letters have no compatibility form. */
function boxed(letter: string): string {
  const at = ((letter.codePointAt(0) ?? 0) - 0x1f150) % 32;
  return at < 26 ? String.fromCharCode(0x61 + at) : letter;
}
