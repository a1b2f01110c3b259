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
const opening = new RegExp(`^(?:${statements.join('|')})`, 'u');
/** What shows that a statement goes on behind what the caller wrote of it. */
const more =
  /^(?:\w|\s*[,=<>*]|\s*\(\s*['"`?$]|\s+["'`\d]|\s+(?:WHERE|where|AND|OR|ON|SET|set|VALUES|values|(?:INNER |LEFT |inner |left )?(?:JOIN|join)|GROUP|group by|ORDER|order by|HAVING|having|LIMIT|limit|UNION|union|RETURNING|returning|FROM|from)\b)/;
/** A statement may hold anything, quotes and semicolons too: it is taken to end where the paragraph does. */
const MOST_BETWEEN = 64;
const paragraphEnd = /\n[ \t]*\r?\n|(?:\\r)?\\n(?:\\r)?\\n/g;

/**
 * Puts `mark` in the place of SQL. A statement that the caller wrote itself stays, without what was put behind it.
 *
 * @param given texts of the caller
 */
export function cutQueries(text: string, given: readonly string[], mark: string): string {
  // The beginning of a statement is no statement: it would uncover the rest of each that begins so.
  const own = given.map((one) => one.trim()).filter((one) => opening.test(one));
  let result = '';
  let from = 0;
  statement.lastIndex = 0;
  for (let found = statement.exec(text); found !== null; found = statement.exec(text)) {
    const { index } = found;
    const echoed = own.find((one) => text.startsWith(one, index)) ?? '';
    const behind = index + echoed.length;
    const isWhole = echoed !== '' && !more.test(text.slice(behind, behind + MOST_BETWEEN));
    paragraphEnd.lastIndex = behind;
    const end = isWhole ? behind : (paragraphEnd.exec(text)?.index ?? text.length);
    result += text.slice(from, index) + echoed + (isWhole ? '' : mark);
    from = end;
    statement.lastIndex = end;
  }
  return from === 0 ? text : result + text.slice(from);
}
