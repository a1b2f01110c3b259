/** What a text means where a name of an object is expected. */
export interface WordMeaning {
  /** The text names exactly one object, as far as a reader can tell. */
  readonly isName: boolean;
  readonly isWildcard: boolean;
  /** Nothing at all, a range, a comparison, or a number that programs read as "all". */
  readonly isOpen: boolean;
  /** The single names in it; more than one for a list. */
  readonly parts: readonly string[];
}

/** Words that stand for every object there is. */
const everything: ReadonlySet<string> = new Set(['all', 'any', 'each', 'every', 'everyone', 'everything', 'everybody']);
/** Characters that look like an asterisk or a per cent sign and that NFKC does not fold. */
const lookalikes: Readonly<Record<string, string>> = {
  '\u2217': '*',
  '\u204e': '*',
  '\u22c6': '*',
  '\u2731': '*',
  '\u2732': '*',
  '\u273b': '*',
  '\u066a': '%',
};
const lookalike = new RegExp(`[${Object.keys(lookalikes).join('')}]`, 'gu');
/** What a reader does not see: zero-width, bidirectional and other default-ignorable characters, and controls. */
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}]|(?![\t\n\v\f\r])\p{Cc}/gu;
/** Globs and SQL (`*`, `%`, `?`), character classes and braces, regular expressions, and encoded characters. */
const pattern = /[*%?[\]{}]|^\^|\$$|\.\+|\\[dswDSWux.]|&#/u;
/**
 * More marks on one character than anybody writes (UAX #15, Stream-Safe Text Format): the time that normalization takes
 * grows with the square of their number. The two halfwidth voicing marks become such marks only by being normalized.
 */
const manyMarks = /([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]+/gu;
/** A text that is its own plain form, but for spaces around it. */
const seen = /^[ -~]*$/;
const comparison = /^[<>=!~]/u;

/** The text as a lenient reader would take it: compatibility forms folded, nothing unseen, no space around. */
function plain(text: string): string {
  if (seen.test(text)) return text.trim();
  const folded = text.replaceAll(manyMarks, '$1').normalize('NFKC').replaceAll(unseen, '');
  return folded.replaceAll(lookalike, (character) => lookalikes[character] ?? character).trim();
}

/** Reads a text that stands where the name of an object is expected. The table in the README says what counts as what. */
export function wordOf(text: string): WordMeaning {
  const read = plain(text);
  const parts = read
    .split(/[\s,;|]+/u)
    .map(unquoted)
    .filter((part) => part !== '');
  const isWildcard = pattern.test(read) || parts.some(isEverything);
  const isOpen = parts.length === 0 || parts.some((part) => isRange(part) || comparison.test(part) || isMinus(part));
  return { isName: !isWildcard && !isOpen && parts.length === 1, isWildcard, isOpen, parts };
}

/** Says whether a text elsewhere is nothing but a wildcard. Free text may hold an asterisk and the word "all". */
export function isBareWildcard(text: string): boolean {
  if (seen.test(text) && !/[*%]/.test(text)) return false;
  return /^(?:["'`(]*)(?:[*%]+|\.\*|\*\.\*|%2a|%25)(?:["'`)]*)$/iu.test(plain(text));
}

/** Says whether a text is a range without an end or a comparison: `..9`, `2024..`, `>=5`. */
export function isOpenRange(text: string): boolean {
  return /^(?:[<>]=?|!=)|^\.\.|[^./\\]\.\.$/u.test(plain(text));
}

/** Loops, where an expression that is anchored at the end alone would try each quote of many as the first of the last. */
function unquoted(part: string): string {
  let from = 0;
  let to = part.length;
  while (from < to && `"'\`(`.includes(part.charAt(from))) from++;
  while (to > from && `"'\`)`.includes(part.charAt(to - 1))) to--;
  return part.slice(from, to);
}

/** `1..9`, `..9`, `1..`; not the dots in a path. */
function isRange(part: string): boolean {
  return part.includes('..') && !/[/\\]/u.test(part);
}

function isEverything(part: string): boolean {
  return everything.has(part.toLowerCase()) || /^_+$/u.test(part);
}

/** A negative number is no id; `-1` is a custom for "all". */
function isMinus(part: string): boolean {
  return /^-\d+$/u.test(part);
}
