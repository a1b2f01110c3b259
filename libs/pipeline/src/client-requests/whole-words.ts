/** The words of a text. */
export function letters(text: string): readonly string[] {
  return text.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== '');
}

/**
 * Whether a word that stands in a text without its spaces stands in the text itself: within one of its words, or spread over
 * several from the beginning of one on. "compass word" is no password.
 */
export function isWholeWord(word: string, whole: string, parts: readonly string[]): boolean {
  const starts = new Set<number>();
  let offset = 0;
  for (const { length } of parts) {
    starts.add(offset);
    offset += length;
  }
  for (let at = whole.indexOf(word); at !== -1; at = whole.indexOf(word, at + 1)) {
    const inner = Array.from(word.slice(1), (_, index) => at + index + 1);
    if (starts.has(at) || !inner.some((place) => starts.has(place))) return true;
  }
  return false;
}
