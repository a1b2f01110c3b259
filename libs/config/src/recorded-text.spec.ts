import { parseDocument } from 'yaml';
import { recordedText } from './recorded-text.ts';

const recorded = (text: string): string => recordedText(text, parseDocument(text));
const token = `ghp_${'a1'.repeat(18)}`;

test('a credential that somebody wrote into the configuration is not kept, wherever it stands', () => {
  const text = [
    'upstreams:',
    '  git:',
    `    command: [git-mcp, --token, ${token}]`,
    `    env: { DB_PASSWORD: hunter, LEVEL: debug, A: "x ${token}" }`,
    '    env_more: |',
    `      ${token}`,
    '  other:',
    '    url: https://user:hunter22@x.example/mcp',
    `# was ${token}`,
    '',
  ].join('\n');
  const kept = recorded(text);
  for (const secret of [token, 'hunter']) expect(kept).not.toContain(secret);
  expect(parseDocument(kept).toJS()).toMatchObject({
    upstreams: {
      git: {
        command: ['git-mcp', '--token', '[redacted:github_token]'],
        env: { DB_PASSWORD: '[redacted:password]', LEVEL: 'debug', A: 'x [redacted:github_token]' },
      },
      other: { url: 'https://user:[redacted:url_password]@x.example/mcp' },
    },
  });
});

test('all other text is kept as it is', () => {
  const text = [
    'sanitize: { secrets: redact }  # a comment',
    'upstreams:',
    '  hosted: { url: "https://x.example/mcp", headers: { Authorization: { env: API_TOKEN } } }',
    '  own: { command: [own, { file: secrets/password }], env: { API_TOKEN: $API_TOKEN } }',
    '',
  ].join('\n');
  expect(recorded(text)).toBe(text);
});
