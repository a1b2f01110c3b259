import { likeness } from './likeness.ts';

it.each([
  ['alice', 'bob'],
  ['alice', 'alice2'],
  ['alice@a.example', 'alice@b.example'],
  ['josé', 'jose'],
  ['王', '玉'],
])('tells %s and %s apart', (one, other) => {
  expect(likeness(one)).not.toBe(likeness(other));
});

it.each([
  ['ʙen', 'ben'],
  ['Ьen', 'ben'],
  ['ᴀɴɴ', 'ann'],
  ['ѵera', 'vera'],
  ['Ѵera', 'vera'],
  ['σmar', 'omar'],
  ['ben\u{1d159}\u{16fe4}', 'ben'],
])('takes %s for %s', (one, other) => {
  expect(likeness(one)).toBe(other);
});

it.each([
  ['Alice', 'another case'],
  ['ALICE', 'another case'],
  [' alice ', 'white space'],
  ['ali\u00a0ce', 'white space that does not break'],
  ['ali\u200bce', 'nothing that is seen'],
  ['ali\u3164ce\u2800\ufe0f', 'blanks'],
  ['\u202ealice', 'a turn of direction'],
  ['ａｌｉｃｅ', 'full width'],
  ['аlісе', 'Cyrillic letters'],
  ['ΑLΙCΕ', 'Greek capitals'],
  ['al\u0131ce', 'an i without a dot'],
])('takes %j for alice: %s', (name) => {
  expect(likeness(name)).toBe('alice');
});
