import { runInNewContext } from 'node:vm';
import canonicalize from 'canonicalize';
import fc from 'fast-check';

import { canonical, type CanonicalCode, CanonicalError } from './canonical.ts';
import type { JsonValue } from './json.ts';
import { parseStrict } from './parse-strict.ts';

function fromBits(hex: string): number {
  return Buffer.from(hex, 'hex').readDoubleBE();
}

function codeOf(value: unknown): CanonicalCode | undefined {
  try {
    canonical(value as JsonValue);
    return undefined;
  } catch (error) {
    return error instanceof CanonicalError ? error.code : undefined;
  }
}

class Money {
  amount = 1;
}

describe('canonical refuses', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const cases: readonly [string, unknown, CanonicalCode][] = [
    ['undefined', undefined, 'not_json'],
    ['an undefined member', { a: undefined }, 'not_json'],
    ['a hole', [1, , 2], 'not_json'],
    ['a function', () => 1, 'not_json'],
    ['a bigint', [1n], 'not_json'],
    ['a symbol', Symbol('a'), 'not_json'],
    ['a symbol key', { [Symbol('a')]: 1 }, 'not_json'],
    ['a Map', new Map([['a', 1]]), 'not_json'],
    ['a Date', { at: new Date(0) }, 'not_json'],
    ['a boxed string', Object('a'), 'not_json'],
    ['bytes', Buffer.from('a'), 'not_json'],
    ['an instance of a class', new Money(), 'not_json'],
    ['an own toJSON', { toJSON: () => 1 }, 'not_json'],
    ['a derived array', new (class extends Array {})(), 'not_json'],
    ['an object with a parent', Object.create({ a: 1 }), 'not_json'],
    ['NaN', [NaN], 'not_finite'],
    ['Infinity', { a: -Infinity }, 'not_finite'],
    ['a lone surrogate', '\ud800', 'lone_surrogate'],
    ['a lone surrogate in a long string', `${'a'.repeat(200)}\udc00`, 'lone_surrogate'],
    ['a lone surrogate in a key', { '\udfff': 1 }, 'lone_surrogate'],
    ['a cycle', cycle, 'too_deep'],
  ];

  it.each(cases)('%s', (_name, value, code) => {
    expect(codeOf(value)).toBe(code);
  });
});

describe('canonical prints', () => {
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('the number of RFC 8785 appendix B with the bits %s as %s', (bits, text) => {
    expect(canonical(fromBits(bits))).toBe(text);
  });

  it('the sample of RFC 8785 section 3.2.2', () => {
    const sample: JsonValue = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonical(sample)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('the keys of RFC 8785 section 3.2.3 by UTF-16 code units', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const printed = canonical(Object.fromEntries(keys.map((key) => [key, 0])));
    expect(printed).toBe('{"\\r":0,"1":0,"\u0080":0,"\u00f6":0,"\u20ac":0,"\ud83d\ude00":0,"\ufb33":0}');
  });

  it('objects without a prototype or of another realm', () => {
    expect(canonical(Object.assign(Object.create(null), { b: 1, a: 2 }))).toBe('{"a":2,"b":1}');
    expect(canonical(runInNewContext('({ b: [1], a: {} })') as JsonValue)).toBe('{"a":{},"b":[1]}');
  });
});

describe('the canonical form', () => {
  it('is a fixed point, means the same as the value and ignores the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (source) => {
        const value = source as JsonValue;
        const printed = canonical(value);
        expect(canonical(JSON.parse(printed))).toBe(printed);
        expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonical(reversed(value))).toBe(printed);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of what parseStrict accepts is parsed by it to the same form', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (source) => {
        const first = parseStrict(source);
        fc.pre(first.ok);
        const printed = canonical(first.value);
        const second = parseStrict(printed);
        expect(second.ok && canonical(second.value)).toBe(printed);
      }),
    );
  });

  it('is what another implementation of RFC 8785 prints', () => {
    const json = fc.json({ stringUnit: 'grapheme', maxDepth: 4 }).map((text) => JSON.parse(text) as JsonValue);
    fc.assert(
      fc.property(json, (value) => expect(canonical(value)).toBe(canonicalize(value))),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => canonical([n]) === canonicalize([n])),
    );
  });

  it('sorts objects of any number of keys alike', () => {
    const entries = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 4 }), fc.nat(), { minKeys: 2, maxKeys: 40 });
    fc.assert(
      fc.property(entries, (object) => {
        const keys = Object.keys(object).sort();
        const expected = keys.map((key) => `${JSON.stringify(key)}:${object[key]}`).join(',');
        expect(canonical(object)).toBe(`{${expected}}`);
      }),
    );
  });
});

function reversed(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, member]) => [key, reversed(member)]));
}
