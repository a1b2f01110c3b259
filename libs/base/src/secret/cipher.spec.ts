import { randomBytes } from 'node:crypto';
import { decipher, encipher } from './cipher.ts';

const key = randomBytes(32);
const place = ['value', 'shop', 'sub_1'];

describe('what is enciphered', () => {
  it.each([
    ['under another key', (text: string) => decipher(randomBytes(32), text, place)],
    ['at another place', (text: string) => decipher(key, text, ['value', 'shop', 'sub_2'])],
    ['at a place that reads the same when joined', (text: string) => decipher(key, text, ['value', 'shopsub_1', ''])],
    [
      'with a bit turned',
      (text: string) => decipher(key, `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`, place),
    ],
    ['cut short', (text: string) => decipher(key, text.slice(0, -4), place)],
    ['as nothing', () => decipher(key, '', place)],
  ])('does not open %s', (_, open) => {
    expect(open(encipher(key, '{"amount":"120.00"}', place))).toBeNull();
  });

  it.each(['', '{"city":"Köln 🜁"}', 'x'.repeat(70_000)])('opens as it was', (text) => {
    expect(decipher(key, encipher(key, text, place), place)).toBe(text);
  });

  it('never looks the same twice', () => {
    expect(encipher(key, 'same', place)).not.toBe(encipher(key, 'same', place));
  });
});
