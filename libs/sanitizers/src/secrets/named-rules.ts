import { lastGroup, type RedactionRule, type Span } from '../redaction.ts';
import { isPlaceholder, looksRandom } from './values.ts';

const names = [
  'passw(?:or)?d|passphrase|(?:db|user|admin|root|smtp|ftp|mysql|postgres|pg|redis|mongo|mail)[_-]?(?:pass|pwd)',
  'secret(?:[_-]?(?:access[_-]?)?key)?',
  '(?:api|private|access|account|signing|encryption|master|shared)[_-]?key',
  '(?:access|auth|refresh|session|api|bot|deploy|bearer)[_-]?token',
].join('|');
const escaped = String.raw`\\{1,3}"([^"\\\n]{4,})`;
const double = String.raw`"((?:[^"\\\n]|\\.){4,})`;
const single = String.raw`'((?:[^'\\\n]|\\.){4,})`;
const bare = String.raw`([^\s"'&;,<>\\]{4,})`;
/** Where nothing says that the value ends, whatever stands between blanks. */
const word = '([^\\s"\'`<>\\\\|]{6,256})';

/** Names that also mean something else: only with a value that looks like a secret. */
const weak = 'pwd|pass|passcode';
const quote = '["\'`]?';

/** A name, and whatever stands behind it: in YAML, a log, a table or XML, in a sentence, in a command line. */
const beforeWord = new RegExp(
  String.raw`(?:${names}|\b(?:${weak}))[ \t]{0,8}(?::|=>?|->|\||>)[ \t]{0,8}${quote}${word}` +
    String.raw`|(?:${names}|\b(?:${weak}))[ \t]{0,8}:[ \t]{0,8}[|>]?[-+]?\r?\n[ \t]{1,16}${quote}${word}` +
    String.raw`|(?:passw(?:or)?d|passphrase|passcode)[ \t]{1,3}(?:is|was):?[ \t]{1,3}${quote}${word}` +
    String.raw`|--[a-z-]{0,20}(?:${names}|${weak})[ \t]{1,3}${quote}${word}`,
  'gi',
);

const secretName = new RegExp(`(?:${names})(?:s|[0-9])?$|^(?:${weak})$`);

/** A member that is named like a secret holds one, whatever it looks like. */
export function isSecretMember(member: string): boolean {
  return secretName.test(member.toLowerCase());
}

/** Source of an expression that matches whatever one of these rules could match, as cheaply as one can. */
export const namedSuspects = [
  String.raw`:\/\/[^\s\/:@]*:|[pP][aA][sS][sS]\s{0,8}[:=|>-]|[pP][aA][sS][sS]["'\\\r\n]|^[pP][aA][sS][sS]$|`,
  inAnyCase(
    'passw|passphrase|passcode|pwd|secret|[bpnrlgost][_-]?(?:pass|pwd)|[ietsgrdn][_-]?key|[hsnityr][_-]?token|authorization|bearer',
  ),
].join('');

/** Secrets that are told by the name that stands before them. */
export const namedRules: readonly RedactionRule[] = [
  {
    kind: 'url_password',
    pattern: /:\/\/[^\s/:@"'<>?#]*:([^\s/"'<>?#]+)@/g,
    find: (match) =>
      real(match[1], {
        start: match.index + match[0].length - 1 - (match[1] ?? '').length,
        end: match.index + match[0].length - 1,
      }),
    example: 'https://self:check-self@example.com/',
  },
  {
    kind: 'authorization',
    pattern: new RegExp(
      String.raw`bearer\s{1,3}([A-Za-z0-9._~+\/=-]{20,})|authorization["'\\]{0,3}\s{0,3}[:=]\s{0,3}["'\\]{0,3}(?:basic|token|bearer|digest|hmac|api-?key|key)\s{1,3}([A-Za-z0-9._~+\/=-]{8,})`,
      'gi',
    ),
    find: (match) => real(valueOf(match), lastGroup(match)),
    example: `Authorization: Basic ${'YWJj'.repeat(4)}`,
  },
  {
    kind: 'password',
    pattern: new RegExp(
      String.raw`(?:${names})(?:=${bare}|(?:\\{0,3}["']\s{0,3}:|\s{0,3}[=:])\s{0,3}(?:${escaped}|${double}|${single}))`,
      'gi',
    ),
    find: (match) => real(valueOf(match), lastGroup(match)),
    example: 'password=self-check',
  },
  {
    kind: 'password',
    pattern: beforeWord,
    find: findWord,
    example: 'db_password: self-check!9',
  },
];

function valueOf(match: RegExpExecArray): string | undefined {
  return match.slice(1).find((group) => group !== undefined);
}

function real(value: string | undefined, span: Span): Span | null {
  return value === undefined || isPlaceholder(value) ? null : span;
}

/** Prose reads like `password: x`, so the value has to look like none of its words. A full stop ends a sentence, not a value. */
function findWord(match: RegExpExecArray): Span | null {
  const { start } = lastGroup(match);
  const whole = valueOf(match) ?? '';
  const value = whole.replace(/[.,;:)\]}`]+$/, '');
  if (looksRandom(value) && ![whole, value].some(isPlaceholder)) return { start, end: start + value.length };
  beforeWord.lastIndex = start; // the word may be a name itself
  return null;
}

/**
 * The same source for small and capital letters, spelled out: a modifier within an expression (`(?i:…)`) is young in the
 * engines, and this one decides what is looked at.
 */
function inAnyCase(source: string): string {
  return source.replace(/\[([^\]]*)\]|[a-z]/g, (part, inside = part) => `[${inside}${inside.toUpperCase()}]`);
}
