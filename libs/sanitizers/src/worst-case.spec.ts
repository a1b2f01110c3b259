import { configSchema } from '@sallyport/contracts';
import { removeInvisible } from './invisible/remove-invisible.ts';
import { cardRule } from './personal-data/card-number.ts';
import { ibanRule } from './personal-data/iban.ts';
import { foldWide } from './fold.ts';
import { redact } from './redaction.ts';
import { createSanitize } from './create-sanitize.ts';
import { linkRule } from './script-links/link-rule.ts';
import { secretRules } from './secrets/secret-rules.ts';
import { internals } from './upstream-errors/internals.ts';

const SIZE = 100_000;
/** A quadratic expression takes ten seconds and more for 100 KB; a linear one some milliseconds. */
const LIMIT_MS = 2_000;

const beginnings = [
  ...[
    '-----BEGIN ',
    '-----BEGIN A PRIVATE KEY-----',
    'AKIA',
    'aws_secret_access_key   ',
    'ghp_',
    'github_pat_',
    'glpat-',
  ],
  ...[
    'xoxb-',
    'hooks.slack.com/services/',
    'sk_live_',
    'AIza',
    'ya29.',
    'sk-',
    'npm_',
    'eyJ',
    '.eyJ',
    'eyJaaaaaa.eyJaaaaaa',
  ],
  ...[
    '://a:',
    '://:a',
    '://',
    'authorization: "basic ',
    'bearer ',
    'password="',
    "password='",
    'password=\\"',
    'password":"\\',
  ],
  ...[
    'password=',
    'secret',
    '4',
    '4111 ',
    '4111 1111 1111 1111 ',
    '3782 822463 ',
    'DE89',
    'DE89 3704 ',
    'DE',
    'A',
    ' ',
    '.',
    '\\',
  ],
  ...[
    '\u001b',
    '\u001b[',
    '\u001b[0',
    '\u001b]',
    '\u001bP',
    '\u009d',
    '\u001b ',
    '\u200d',
    '\ufe0f',
    '👩\u200d',
    'क\u200d',
  ],
  ...[
    'SELECT ',
    'SELECT a FROM',
    'UPDATE a ',
    'File "',
    '\n   at',
    '@',
    ':',
    '"',
    "'",
    '[redacted:',
    'a@',
    'http://a:b',
    '](',
    '<a href="java',
    '[x]: data:',
    'password: ',
    '--password ',
    'name: password ',
    'name:password\n',
    'name:password value: ab ',
    'key: a',
    '"value":"abcd",',
    'value:"',
    '4111 - ',
    '\n',
  ],
];
const rules = [...secretRules, cardRule, ibanRule, linkRule];

test.each(rules)('$kind is linear', (rule) => {
  for (const beginning of beginnings)
    within(() => redact(fill(beginning), { rules: [rule], fold: foldWide }, new Map()), beginning);
});

test('invisible characters and terminal sequences are linear', () => {
  for (const beginning of beginnings) within(() => removeInvisible(fill(beginning), new Map()), beginning);
});

test('signs of internals are linear', () => {
  for (const beginning of beginnings) within(() => internals.test(fill(beginning)), beginning);
});

test('the whole chain is linear', () => {
  const sanitize = createSanitize(configSchema.parse({ upstreams: {} }));
  const context = { tool: null, what: 'result', reference: '01J', upstream: 'orders' } as const;
  for (const beginning of beginnings) {
    within(() => sanitize({ content: [{ type: 'text', text: fill(beginning) }] }, context), beginning);
  }
});

function fill(beginning: string): string {
  return beginning.repeat(Math.ceil(SIZE / beginning.length));
}

/** By the time of the processor, not of the wall: other programs may have it meanwhile. */
function within(run: () => unknown, about: string): void {
  const start = process.cpuUsage();
  run();
  const elapsed = process.cpuUsage(start).user / 1_000;
  if (elapsed > LIMIT_MS) throw new Error(`${JSON.stringify(about)} took ${Math.round(elapsed)} ms`);
}
