import fc from 'fast-check';
import {
  canonical,
  isExactNumber,
  isObject,
  numberOf,
  parseExact,
  pointerGet,
  rounded,
  followPointer,
} from '../index.ts';

const odd = [
  '175928847299117063',
  '-9007199254740993',
  '1.0',
  '-0',
  '1E2',
  '1e+2',
  '1e400',
  '-1e-400',
  '0.10',
  '1.00000000000000000001',
];
const number = fc.oneof(
  fc.constantFrom(...odd),
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(fc.maxSafeInteger(), fc.stringMatching(/^\d{1,30}$/), fc.integer({ min: -400, max: 400 }))
    .map(([whole, fraction, exponent]) => `${whole}.${fraction}e${exponent}`),
);
const text = fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value));
const { value: json } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.oneof(number, text, fc.constantFrom('true', 'false', 'null')),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => `[${items.join(' , ')}]`),
    fc
      .array(fc.tuple(text, tie('value')), { maxLength: 5 })
      .map((members) => `{${members.map(([key, value]) => `${key} : ${value}`).join(',')}}`),
  ),
}));

describe('parseExact', () => {
  it.each(['', '[', '01', '1.', '.5', '+1', '1e', '[1.0,]', '{"a":1.0', '"\\"', 'nul', '[1.0]]', "{'a':1.0}"])(
    'throws on %j',
    (source) => {
      expect(() => parseExact(source)).toThrow(SyntaxError);
    },
  );

  it('throws where JSON.parse does, and says the same but for exact numbers', () => {
    fc.assert(
      fc.property(json, fc.nat(), fc.nat({ max: 2 }), (source, where, cut) => {
        const edited = source.slice(0, where % (source.length + 1)) + source.slice((where % (source.length + 1)) + cut);
        for (const each of [source, edited]) {
          let reference: unknown;
          try {
            reference = JSON.parse(each);
          } catch {
            expect(() => parseExact(each)).toThrow(SyntaxError);
            continue;
          }
          expect(rounded(parseExact(each))).toStrictEqual(reference);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives every number its text back', () => {
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        const source = `{"a":[${numbers.join(',')}],"b":{"c":"1.0"}}`;
        expect(JSON.stringify(parseExact(source))).toBe(source);
        expect(canonical(parseExact(source))).toBe(source);
      }),
    );
  });

  it('makes own members of every name, and goes as deep as the text', () => {
    const value = parseExact('{"__proto__":{"admin":1.0},"a\\u0062":"\\"1.0"}');
    expect(isObject(value) && Object.keys(value)).toEqual(['__proto__', 'ab']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Array.isArray(parseExact(`${'['.repeat(100_000)}1.0${']'.repeat(100_000)}`))).toBe(true);
  });
});

describe('an exact number', () => {
  const exact = parseExact('175928847299117063');

  it('is no object, and nothing is found within it', () => {
    expect(isObject(exact)).toBe(false);
    expect(pointerGet({ a: exact }, '/a/text')).toBeUndefined();
    expect(followPointer({ a: exact }, '/a/*')).toEqual([]);
    expect(followPointer({ a: exact }, '/a')).toEqual([{ pointer: '/a', value: exact }]);
  });

  it('can not be made by anything that is written', () => {
    for (const forged of ['{"text":"1"}', '{"rawJSON":"1"}', '"1"'])
      expect(isExactNumber(parseExact(forged))).toBe(false);
  });

  it.each([
    ['1.0', 1],
    ['-0', -0],
    ['0.0e5', 0],
    ['1E2', 100],
    ['1200e-2', 12],
    ['59.90', 59.9],
    ['9007199254740993', undefined],
    ['1e400', undefined],
    ['1e-400', undefined],
    ['1.00000000000000000001', undefined],
    ['0.1000000000000000055511151231257827', undefined],
  ])('%s is the number %s', (source, value) => expect(numberOf(parseExact(source)) === value).toBe(true));

  it('with a million zeros is compared in time that grows with them', () => {
    expect(numberOf(parseExact(`1${'0'.repeat(1_000_000)}`))).toBeUndefined();
    expect(numberOf(parseExact(`0.${'0'.repeat(1_000_000)}1`))).toBeUndefined();
    expect(numberOf(parseExact(`1.${'0'.repeat(1_000_000)}`))).toBe(1);
  });
});
