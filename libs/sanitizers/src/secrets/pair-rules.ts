import type { RedactionRule, Span } from '../redaction.ts';
import { isSecretMember } from './named-rules.ts';
import { isPlaceholder, looksRandom } from './values.ts';

const quote = String.raw`\\{0,3}["'\`]`;
/** What stands behind the name of a member in JSON, YAML, TOML, XML or a log. */
const is = String.raw`(?:${quote})?\s{0,8}[:=]\s{0,8}`;
const named = String.raw`(name|key)${is}(?:${quote})?([\w.:\/-]{3,80})[\\"'\`\s,]`;
const escaped = String.raw`\\{1,3}"([^"\\\n]{4,512})`;
const double = String.raw`"((?:[^"\\\n]|\\.){4,512})`;
const single = String.raw`'((?:[^'\\\n]|\\.){4,512})`;
/** What YAML reads as a text, to the end of the line. */
const bare = String.raw`(?:[|>][-+]?\r?\n[ \t]{1,16})?([^\s"'\`{}\[\]<>,;:\\&*!|%@#][^\r\n]{3,512})`;
/** Other members of the same object: what opens or closes one is not among them. */
const others = String.raw`[^{}\[\]<>]{0,200}?`;

/** The member that names is quoted. */
const isQuoted = /^\w+[\\"'`]/;
/** What a difference or a quotation has at the beginning of a line; a dash may also begin another object. */
const margin = /^(?:[+>|]|-(?=\s{2}))/;

const nameFirst = new RegExp(String.raw`${named}${others}value${is}(?:${escaped}|${double}|${single}|${bare})`, 'gi');
const valueFirst = new RegExp(
  String.raw`value${is}(?:${escaped}\\{1,3}"|${double}"|${single}')${others}${named}`,
  'dgi',
);

/** Secrets that are told by a name beside them: `{"name": "DB_PASSWORD", "value": "…"}`. */
export const pairRules: readonly RedactionRule[] = [
  {
    kind: 'password',
    pattern: nameFirst,
    find: namedBefore,
    example: '{"name": "DB_PASSWORD", "value": "self-check"}',
  },
  {
    kind: 'password',
    pattern: valueFirst,
    find: namedBehind,
    example: '{"value": "self-check", "name": "DB_PASSWORD"}',
  },
];

function namedBefore(match: RegExpExecArray): Span | null {
  const [whole, keyword = '', name = '', ...values] = match;
  const whatever = values.find((one) => one !== undefined) ?? '';
  const before = whole.slice(0, whole.length - whatever.length);
  const value = values[3] === undefined ? whatever : bareValue(before, whatever);
  const start = match.index + before.length;
  if (isPair(before, keyword, name) && isAligned(match, before) && isSecret(value))
    return { start, end: start + value.length };
  nameFirst.lastIndex = match.index + keyword.length; // the next pair may begin within this match
  return null;
}

function namedBehind(match: RegExpExecArray): Span | null {
  const [whole, escaped, double, single, keyword = '', name = ''] = match;
  const [start = 0, end = 0] =
    [1, 2, 3].map((group) => match.indices?.[group]).find((place) => place !== undefined) ?? [];
  if (isPair(whole, keyword, name) && isSecret(escaped ?? double ?? single)) return { start, end };
  valueFirst.lastIndex = match.index + 'value'.length;
  return null;
}

/** A second name belongs to another pair. */
function isPair(whole: string, keyword: string, name: string): boolean {
  const names = whole.match(new RegExp(String.raw`\b${keyword}${is}`, 'gi')) ?? [];
  return isSecretMember(name) && names.length <= 1;
}

function isSecret(value: string | null | undefined): value is string {
  return typeof value === 'string' && value.length >= 4 && !isPlaceholder(value);
}

/** In lines of YAML, members of one object begin in the same column. In JSON, brackets say what belongs together. */
function isAligned({ input, index }: RegExpExecArray, before: string): boolean {
  const [, ...lines] = before.slice(0, before.toLowerCase().lastIndexOf('value')).split('\n');
  if (lines.length === 0 || isQuoted.test(before)) return true;
  const above = input.slice(input.lastIndexOf('\n', index - 1) + 1, index);
  const column = above.search(/\w{0,64}$/);
  const indents = lines.map((line) => line.replace(margin, ' ').search(/\S|$/));
  return (
    lines.at(-1)?.length === above.length && indents.every((at, line) => at >= column || lines[line]?.trim() === '')
  );
}

/** In JSON a value without quotes is a number or a word of the language; on a line with others, it may be a word of prose. */
function bareValue(before: string, rest: string): string | null {
  if (isQuoted.test(before)) return null;
  const isLine = /\n[+>|-]?[ \t]*\w*value[ \t]*:\s*$/i.test(before.replace(/[|>][-+]?\s*$/, ''));
  const value = isLine ? rest.replace(/\s+#.*$/, '').trimEnd() : rest.replace(/[\s,;)\]}].*$/, '');
  return looksRandom(value) || (isLine && !/\s/.test(value)) ? value : null;
}
