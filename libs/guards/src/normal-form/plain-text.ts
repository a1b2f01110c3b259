/** Longer texts than this (characters) are no path and no URI that anybody needs. */
export const LONGEST = 8_192;

/** More marks on one character than anybody writes; normalizing them takes time that grows with the square of their number. */
const manyMarks = /[\p{M}\uff9e\uff9f]{31}/u;
const unseen = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u;

/** What is wrong with a text that any reader should take for the same path or URI, whichever it is; null where nothing is. */
export function textFault(text: string): string | null {
  if (text === '') return 'must not be empty';
  if (text.length > LONGEST) return `must be no longer than ${LONGEST} characters`;
  if (!text.isWellFormed() || manyMarks.test(text) || unseen.test(text))
    return 'must hold no control characters and none that can not be seen';
  if (text.trim() !== text) return 'must not begin or end with white space';
  return text.includes('\\') ? 'must be written with "/", without backslashes' : null;
}
