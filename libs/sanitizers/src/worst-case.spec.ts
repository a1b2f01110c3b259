import { configSchema } from '@sallyport/contracts';
import { removeInvisible } from './invisible/remove-invisible.ts';
import { cardRule } from './personal-data/card-number.ts';
import { ibanRule } from './personal-data/iban.ts';
import { foldWide } from './fold.ts';
import { redact } from './redaction.ts';
import { createSanitize } from './create-sanitize.ts';
import { upstreamErrors } from './upstream-errors/upstream-errors.sanitizer.ts';
import { linkRule } from './script-links/link-rule.ts';
import { secretRules } from './secrets/secret-rules.ts';
import { probeTool } from './output-schema/probe-tool.ts';

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
const internal = [
  ...['/', '/a', 'a/', ' /a b/', '"/', "'/a ", '~/', 'C:\\', '\\\\', 'node_modules/', 'file:///', '\\/a'],
  ...['a.', 'a.b.com ', 'a-', '_', '1.', '1.1.1.', '::', 'ffff:', 'a:', 'a: ', 'https://', 'ENOTFOUND ', 'server at "'],
  ...['SELECT a FROM b ', 'select a from b ', 'INSERT INTO ', 'UPDATE a SET b', 'WITH a AS (', 'CREATE TABLE '],
  ...[' at a (', '\n at a (', '\\n', '\n#1 ', 'main.f(0x', '0x1, ', '{0x1, ', '1: a::', 'a.go:1 +0x', 'goroutine 1 ['],
];
const rules = [...secretRules, cardRule, ibanRule, linkRule];

test.each(rules)('$kind is linear', (rule) => {
  for (const beginning of beginnings)
    within(() => redact(fill(beginning), { rules: [rule], fold: foldWide }, new Map()), beginning);
});

test('invisible characters and terminal sequences are linear', () => {
  for (const beginning of beginnings) within(() => removeInvisible(fill(beginning), new Map()), beginning);
});

test('cutting internals is linear', () => {
  const sanitize = createSanitize(configSchema.parse({ upstreams: {} }), [upstreamErrors]);
  const context = { what: 'result', reference: '01J', upstream: 'orders', arguments: { a: fill('a/') } } as const;
  const tool = { ...probeTool, errors: 'filter' } as const;
  for (const beginning of [...beginnings, ...internal])
    within(
      () => sanitize({ content: [{ type: 'text', text: fill(beginning) }], isError: true }, { ...context, tool }),
      beginning,
    );
});

test('a long run without the name that is looked for is read once', () => {
  const sanitize = createSanitize(configSchema.parse({ upstreams: {} }), [upstreamErrors]);
  const context = { what: 'result', reference: '01J', upstream: 'orders' } as const;
  const text = fill(`${'a'.repeat(64)}/`).repeat(10);
  const tool = { ...probeTool, errors: 'filter' } as const;
  within(() => sanitize({ content: [{ type: 'text', text }], isError: true }, { ...context, tool }), 'a/');
});

test('the whole chain is linear', () => {
  const sanitize = createSanitize(configSchema.parse({ upstreams: {} }));
  const context = { tool: null, what: 'result', reference: '01J', upstream: 'orders' } as const;
  for (const beginning of beginnings) {
    within(() => sanitize({ content: [{ type: 'text', text: fill(beginning) }] }, context), beginning);
  }
});

test('what is read of a resource is linear, in bytes and in its URI', () => {
  const sanitize = createSanitize(configSchema.parse({ upstreams: {} }));
  const uri = 'file:///a';
  const context = { tool: null, what: 'resource', uri, reference: '01J', upstream: 'orders' } as const;
  for (const beginning of [...beginnings, '../', '/.', '..;', '%2e', '?', '#']) {
    const text = fill(beginning);
    const contents = [{ uri: `${uri}/${text}`, blob: Buffer.from(text).toString('base64') }];
    within(() => sanitize({ contents }, context), beginning);
  }
});

test.each([
  ['prompt', { messages: Array(SIZE / 10).fill({ role: 'user', content: ['a', 'b'] }) }],
  ['resource', { contents: Array(SIZE / 10).fill({ uri: 'file:///b', text: 'a' }) }],
  ['resource', { contents: Array(SIZE / 10).fill({ uri: 'file:///a', text: 'a'.repeat(30) }) }],
  ['completion', { completion: { values: Array(SIZE).fill('a') } }],
] as const)('a %s of many items is linear', (what, value) => {
  const sanitize = createSanitize(configSchema.parse({ upstreams: {} }));
  const context = { tool: null, what, uri: 'file:///a', reference: '01J', upstream: 'orders' } as const;
  within(() => sanitize(value, context), what);
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
