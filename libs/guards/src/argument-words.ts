const everything: ReadonlySet<string> = new Set(['all', 'any', 'every', 'everything', '_', '.*', '.+', '-1']);
const globOnly = /^[*%?]+$/;
const globAnywhere = /[*%?]/;
const range = /\.\.|^\s*[<>]=?|^\s*!=|\bbetween\b/i;
// What a reader does not see and a database may not mind: default-ignorable characters, and space around.
const unseen = /\p{Default_Ignorable_Code_Point}/gu;

/** The text as a lenient reader would take it: compatibility forms folded, percent-encoding undone, nothing unseen. */
function plain(text: string): string {
  const folded = text.normalize('NFKC').replaceAll(unseen, '').trim().toLowerCase();
  return /%[0-9a-f]{2}/.test(folded) ? decoded(folded) : folded;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).trim();
  } catch {
    return text;
  }
}

/** Whether an id stands for more than one object: `*`, `100%`, `all`, also padded, encoded or in another script form. */
export function isWildcardId(text: string): boolean {
  const word = plain(text);
  return everything.has(word) || globAnywhere.test(word);
}

/** Whether any other argument is nothing but a wildcard. Free text may hold an asterisk. */
export function isWildcard(text: string): boolean {
  const word = plain(text);
  return word !== '' && globOnly.test(word) && word !== '?';
}

/** Whether an id is a range or a comparison rather than a name. */
export function isRange(text: string): boolean {
  return range.test(plain(text));
}

/** The ids that one string lists, separated by commas, semicolons, bars or line ends. */
export function listed(text: string): readonly string[] {
  const parts = text.split(/[,;|\n]/).map((part) => part.trim());
  return parts.length > 1 ? parts.filter((part) => part !== '') : [text];
}
