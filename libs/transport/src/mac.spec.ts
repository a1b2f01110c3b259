import fc from 'fast-check';
import { checkRing, isSigned, type Parts, sign } from './mac.ts';

const key = (fill: number): Uint8Array => Buffer.alloc(32, fill);
const parts: Parts = ['answer', 'id', 'boot', 'body'];
const mac = sign([key(1)], parts);

describe('a MAC does not fit', () => {
  it.each<[string, Parts, string, number]>([
    ['another purpose', ['release', 'id', 'boot', 'body'], mac, 1],
    ['the same letters, cut elsewhere', ['answer', 'idb', 'oot', 'body'], mac, 1],
    ['a part less', ['answer', 'id', 'boot'], mac, 1],
    ['another key', parts, mac, 2],
    ['half of it', parts, mac.slice(0, -1), 1],
    ['nothing', parts, '', 1],
  ])('%s', (_name, given, said, fill) => {
    expect(isSigned([key(fill)], given, said)).toBe(false);
  });

  it('any other list of parts', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(fc.array(text), fc.array(text), (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(isSigned([key(1)], ['signature', ...other], sign([key(1)], ['signature', ...one]))).toBe(false);
      }),
    );
  });
});

describe('a key ring', () => {
  it('signs by its first key, and knows the MACs of all', () => {
    expect(sign([key(2), key(1)], parts)).toBe(sign([key(2)], parts));
    expect(isSigned([key(2), key(1)], parts, mac)).toBe(true);
  });

  it('must hold keys that nobody guesses', () => {
    expect(() => checkRing('gateway', [])).toThrow(TypeError);
    expect(() => checkRing('gateway', [key(1), Buffer.alloc(8)])).toThrow(TypeError);
    expect(() => sign([], parts)).toThrow(TypeError);
  });
});
