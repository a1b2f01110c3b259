const statements = [
  String.raw`\b(?:SELECT|select)\s[^;]{1,400}?\s(?:FROM|from)\s+[\w"\x60\[.]+(?:\s+(?:WHERE|where|ORDER|order|LIMIT|limit|GROUP|group|JOIN|join|INNER|inner|LEFT|left)\b)`,
  String.raw`\bSELECT\s[^;]{1,400}?\sFROM\s`,
  String.raw`\bselect \* from `,
  String.raw`\b(?:INSERT\s{1,5}INTO|insert\s{1,5}into)\s{1,5}\S{1,100}\s{0,5}(?:\(|VALUES|values|SELECT|select)`,
  String.raw`\b(?:INSERT\s{1,5}INTO|DELETE\s{1,5}FROM|MERGE\s{1,5}INTO|REPLACE\s{1,5}INTO)\s`,
  String.raw`\b(?:UPDATE|update)\s{1,5}\S{1,100}\s{1,5}(?:SET|set)\s{1,5}\S{1,100}\s{0,5}=`,
  String.raw`\bdelete\s{1,5}from\s{1,5}\S{1,100}\s{1,5}where\s`,
  String.raw`\b(?:CREATE|ALTER|DROP|TRUNCATE)\s{1,5}(?:TABLE|INDEX|VIEW|DATABASE|SCHEMA|UNIQUE|TEMP)\s`,
  String.raw`\bWITH\s{1,5}(?:RECURSIVE\s{1,5})?\w{1,100}\s{1,5}AS\s{0,5}\(`,
];
const statement = new RegExp(statements.join('|'), 'gu');
/** A statement may hold anything, quotes and semicolons too: it is taken to end where the paragraph does. */
const paragraphEnd = /\n[ \t]*\r?\n|(?:\\r)?\\n(?:\\r)?\\n/g;

/**
 * Puts `mark` in the place of SQL. What the caller wrote itself stays.
 *
 * @param given texts of the caller
 */
export function cutQueries(text: string, given: readonly string[], mark: string): string {
  const own = given.filter((one) => one.length >= 8).map((one) => one.trim());
  let result = '';
  let from = 0;
  statement.lastIndex = 0;
  for (let found = statement.exec(text); found !== null; found = statement.exec(text)) {
    const { index } = found;
    const echoed = own.find((one) => text.startsWith(one, index));
    paragraphEnd.lastIndex = index;
    const end = echoed === undefined ? (paragraphEnd.exec(text)?.index ?? text.length) : index + echoed.length;
    result += text.slice(from, index) + (echoed ?? mark);
    from = end;
    statement.lastIndex = end;
  }
  return from === 0 ? text : result + text.slice(from);
}
