import { logText } from './log-text.ts';

describe('text of others in a log', () => {
  it.each([
    ['a credential', `token ghp_${'a'.repeat(36)} refused`, 'token [redacted:github_token] refused'],
    [
      'a password in an address',
      'connect postgres://app:hunter22@db/x',
      'connect postgres://app:[redacted:url_password]@db/x',
    ],
    ['a terminal sequence', '\u001b[31mred\u001b[0m \u202eback', 'red back'],
    ['a second line', 'one\n{"level":50,"msg":"forged"}', 'one {"level":50,"msg":"forged"}'],
    ['a card number', 'paid with 4111 1111 1111 1111', 'paid with [redacted:card_number]'],
  ])('holds no %s', (_what, text, expected) => expect(logText(text)).toBe(expected));

  it('names a value that we gave the program instead of showing it', () => {
    const hidden = { DB_PASSWORD: 'correct horse', KEY: 'first-line\nsecond-line', SHORT: 'on', NONE: undefined };
    expect(logText('login correct horse failed on first-line, second-line', hidden)).toBe(
      'login [value of DB_PASSWORD] failed on [value of KEY], [value of KEY]',
    );
  });

  it('sees a credential that the cut would have split', () => {
    const text = logText(`${'x'.repeat(490)} ghp_${'a'.repeat(36)}`);
    expect(text).not.toContain('ghp_');
    expect(text.length).toBeLessThan(540);
  });

  it('cuts what is long, says how much is missing, and takes no longer for more', () => {
    expect(logText('y'.repeat(1_000_000))).toBe(`${'y'.repeat(500)}… (999500 more characters)`);
  });
});
