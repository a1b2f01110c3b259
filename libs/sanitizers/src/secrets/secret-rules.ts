import { lastGroup, type RedactionRule, type Span } from '../redaction.ts';

const names =
  'passw(?:or)?d|passphrase|api[_-]?key|secret(?:[_-]?(?:access[_-]?)?key)?|(?:access|auth|refresh|session)[_-]?token|private[_-]?key';
const escaped = String.raw`\\{1,3}"([^"\\\n]{4,})`;
const double = String.raw`"((?:[^"\\\n]|\\.){4,})`;
const single = String.raw`'((?:[^'\\\n]|\\.){4,})`;
const bare = String.raw`([^\s"'&;,<>\\]{4,})`;

const secretName = new RegExp(`(?:${names})$`);

/** A member that is named like a secret holds one, whatever it looks like. */
export function isSecretMember(member: string): boolean {
  return secretName.test(member.toLowerCase());
}

/** Matches whatever a rule could match, as cheaply as one expression can. */
export const suspects = [
  'A[KS]IA|gh[pousr]_|github_pat|glpat-|xox[a-z]-|xapp-|hooks\\.slack|[sr]k_(?:live|test)_|whsec_|AIza|GOCSPX-|ya29\\.',
  '|sk-|npm_|-----BEGIN|\\.eyJ|:\\/\\/[^\\s\\/:@]*:',
  `|${inAnyCase('passw|passphrase|secret|api[_-]?key|private[_-]?key|(?:h|s|n)[_-]?token|authorization|bearer')}`,
].join('');

/** From the specific to the generic. The examples are put together here so that no scanner takes them for real ones. */
export const secretRules: readonly RedactionRule[] = [
  {
    kind: 'private_key',
    pattern:
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|$)/g,
    example: `-----BEGIN ${'PRIVATE'} KEY-----\nMIIE\n-----END ${'PRIVATE'} KEY-----`,
  },
  rule('aws_access_key', /A[KS]IA[0-9A-Z]{16}/g, `AKIA${'Q'.repeat(16)}`),
  {
    kind: 'aws_secret_key',
    pattern: new RegExp(String.raw`aws_?secret_?access_?key\W{1,6}([A-Za-z0-9\/+]{40})`, 'gi'),
    find: lastGroup,
    example: `aws_secret_access_key = ${'k/'.repeat(20)}`,
  },
  rule('github_token', /gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}/g, `ghp_${'a'.repeat(36)}`),
  rule('gitlab_token', /glpat-[A-Za-z0-9_-]{20,}/g, `glpat-${'a'.repeat(20)}`),
  rule(
    'slack_token',
    /xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|hooks\.slack\.com\/services\/[A-Za-z0-9/]{20,}/g,
    `xoxb-${'1'.repeat(12)}`,
  ),
  rule('stripe_key', /[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{24,}/g, `sk_live_${'a'.repeat(24)}`),
  rule(
    'google_key',
    /AIza[0-9A-Za-z_-]{35}|GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{20,}/g,
    `AIza${'a'.repeat(35)}`,
  ),
  rule('model_key', /sk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}/g, `sk-ant-${'a'.repeat(24)}`),
  rule('npm_token', /npm_[A-Za-z0-9]{36}/g, `npm_${'a'.repeat(36)}`),
  {
    kind: 'jwt',
    pattern: /[A-Za-z0-9_.-]{24,}/g,
    find: findJwt,
    example: `eyJ${'a'.repeat(12)}.eyJ${'b'.repeat(12)}.${'c'.repeat(12)}`,
  },
  {
    kind: 'url_password',
    pattern: /:\/\/[^\s/:@"'<>?#]*:([^\s/"'<>?#]+)@/g,
    find: (match) => ({
      start: match.index + match[0].length - 1 - (match[1] ?? '').length,
      end: match.index + match[0].length - 1,
    }),
    example: 'https://self:check-self@example.com/',
  },
  {
    kind: 'authorization',
    pattern: new RegExp(
      String.raw`bearer\s{1,3}([A-Za-z0-9._~+\/=-]{20,})|authorization["'\\]{0,3}\s{0,3}[:=]\s{0,3}["'\\]{0,3}(?:basic|token|bearer)\s{1,3}([A-Za-z0-9._~+\/=-]{8,})`,
      'gi',
    ),
    find: lastGroup,
    example: `Authorization: Basic ${'YWJj'.repeat(4)}`,
  },
  {
    kind: 'password',
    pattern: new RegExp(
      String.raw`(?:${names})(?:=${bare}|(?:\\{0,3}["']\s{0,3}:|\s{0,3}=)\s{0,3}(?:${escaped}|${double}|${single}))`,
      'gi',
    ),
    find: lastGroup,
    example: 'password=self-check',
  },
];

/**
 * The same source for small and capital letters, spelled out: a modifier within an expression (`(?i:…)`) is young in the
 * engines, and this one decides what is looked at.
 */
function inAnyCase(source: string): string {
  return source.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

function rule(kind: string, pattern: RegExp, example: string): RedactionRule {
  return { kind, pattern, example };
}

/** Within a run of token characters: two parts that are base64url of `{"…`, and a signature (RFC 7519, RFC 7515). */
function findJwt({ 0: run, index }: RegExpExecArray): Span | null {
  for (let payload = run.indexOf('.eyJ'); payload >= 0; payload = run.indexOf('.eyJ', payload + 1)) {
    const header = run.indexOf('eyJ', run.lastIndexOf('.', payload - 1) + 1);
    const signature = run.indexOf('.', payload + 4);
    if (signature < 0) return null;
    if (payload - header < 8 || signature - payload < 8) continue;
    const next = run.indexOf('.', signature + 1);
    return { start: index + header, end: index + (next < 0 ? run.length : next) };
  }
  return null;
}
