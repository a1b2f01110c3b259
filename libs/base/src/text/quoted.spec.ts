import { quoted } from './quoted.ts';

const shown = (text: string): string => quoted(text).text;

describe('quoted', () => {
  it.each([
    ['a quote', 'a" of bob, 0.01 EUR'],
    ['a typographic quote', 'a” of bob'],
    ['a wide quote', 'a＂ of bob'],
    ['two apostrophes', "a'' of bob"],
    ['two typographic ones', 'a’’ of bob'],
    ['a double prime', 'a″ of bob'],
    ['a backslash at the end', 'a\\'],
  ])('is not closed by %s', (_, text) => {
    const { text: quotation } = quoted(text);
    expect(quotation.slice(1, -1)).not.toMatch(/"|”|＂|″|''|’’|[^\\](?:\\\\)*\\$/);
    expect(JSON.parse(quotation)).toBe(text);
  });

  it.each([...'˶˵⁗🙶'])('writes a twin of the quote as its code: %s', (twin) => {
    expect(shown(`a${twin}b`)).toMatch(/^"a(\\u[0-9a-f]{4}){1,2}b"$/);
  });

  it.each([...'΄᾽ꞌᛌᑊߴ՚՝ˋ῾'])('does not show two of %s beside each other', (twin) => {
    expect(shown(`a${twin}${twin}b`)).not.toContain(twin + twin);
  });

  it.each([
    ...[
      '\u{1d159}',
      '\u{16fe4}',
      '\u{13441}',
      '\u3164',
      '\u115f',
      '\u1160',
      '\uffa0',
      '\u2800',
      '\ufe0f',
      '\u180e',
      '\u{e0041}',
      '\u{e0100}',
      '\u200b',
      '\u200d',
    ],
    ...['\u202e', '\u2066', '\u00ad', '\u034f', '\u061c', '\u00a0', '\u3000', '\u2028', '\n', '\t', '\u001b', '\u0000'],
    ...['\u{1d173}', '\ue000', '\u0336', '\u20dd', '\u17b4', '\ufeff', '\u206a', '\ufff9', '\u0378'],
  ])('shows %j by its code', (character) => {
    const text = `a${character}b`;
    expect(shown(text)).toMatch(/^"a(\\u[0-9a-f]{4}){1,2}b"$/);
    expect(JSON.parse(shown(text))).toBe(text);
  });

  it('lets nothing stand on our own quote, be piled up, or be pushed out of sight by spaces', () => {
    expect(shown('\u0301a')).toBe('"\\u0301a"');
    expect(shown('e\u0301')).toBe('"e\u0301"');
    expect(shown(`e${'\u0301'.repeat(4)}`)).toBe('"e\u0301\u0301\\u0301\\u0301"');
    expect(shown('a    b')).toBe('"a  \\u0020\\u0020b"');
  });

  it('sets apart what is read from the right', () => {
    expect(shown('שלום')).toBe('\u2068"שלום"\u2069');
  });

  it('leaves alone what people write', () => {
    for (const text of ['O’Brien & Co. (Zürich)', '日本語', 'naïve – 5 € / 10 %', '😀', 'привет', 'हिन्दी', '<b>'])
      expect(quoted(text)).toEqual({ text: `"${text}"`, missing: 0 });
  });

  it('says how much is missing, and never cuts a code', () => {
    expect(quoted('😀'.repeat(300), 200)).toEqual({ text: `"${'😀'.repeat(200)}"`, missing: 100 });
    expect(quoted('\u200b'.repeat(10), 20)).toEqual({ text: `"${'\\u200b'.repeat(3)}"`, missing: 7 });
    expect(quoted('', 0)).toEqual({ text: '""', missing: 0 });
  });

  it('takes a text of a megabyte in its stride', () => {
    expect(quoted('\u{e0041}'.repeat(250_000), 200).missing).toBe(250_000 - 16);
  });
});
