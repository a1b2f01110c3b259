import fc from 'fast-check';
import { UNMAPPABLE } from './cedar-value.ts';
import { decimalUnits, floorUnits, textOfUnits } from './decimal.ts';
import { createPlacedDecimals } from './placed-decimals.ts';

/** A number as a whole one of 10^-400, by the digits that it is written with. */
function exactly(value: number): bigint {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return BigInt(whole + fraction) * 10n ** BigInt(400 + Number(exponent) - fraction.length);
}

const sign = (value: bigint): number => (value > 0n ? 1 : value < 0n ? -1 : 0);
const place = fc.integer({ min: -30_000, max: 30_000 });
const near = fc.tuple(place, fc.constantFrom(0, 1e-5, -1e-5, 4e-5, 1e-9)).map(([units, off]) => units / 10_000 + off);
const number = fc.oneof(
  near,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(1e300, -1e300, 5e-324),
);

test('numbers compare with the decimals of policies and with each other as if they had all of their places', () => {
  let shown = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(place, { maxLength: 5 }),
      fc.array(number, { minLength: 1, maxLength: 4 }),
      (at, values) => {
        const literals = new Set(at.map(BigInt));
        const decimals = createPlacedDecimals(literals);
        const written = values.map((value) => decimals.shown(value));
        if (!decimals.settle()) return;
        const units = written.map((one) => {
          if (one === UNMAPPABLE) throw new Error('it can be shown');
          const placed = decimalUnits((one as { __extn: { arg: string } }).__extn.arg);
          if (placed === null) throw new Error('Cedar takes it');
          return placed;
        });
        values.forEach((value, i) => {
          const [real, mine] = [exactly(value), units[i] ?? 0n];
          for (const literal of literals) expect(sign(mine - literal)).toBe(sign(real - literal * 10n ** 396n));
          values.forEach((other, j) => expect(sign(mine - (units[j] ?? 0n))).toBe(sign(real - exactly(other))));
        });
        shown += 1;
      },
    ),
    { numRuns: 2_000 },
  );
  expect(shown).toBeGreaterThan(1_000);
});

test.each([
  [0.00005, 0n],
  [-0.00005, -1n],
  [-0.0001, -1n],
  [12.34567, 123456n],
  [1e21, 10n ** 25n],
  [-1e-300, -1n],
])('what is not above %d', (value, units) => expect(floorUnits(value)).toBe(units));

test.each([0n, 1n, -1n, 10_000n, -123_456n])('%d has a text', (units) => {
  expect(decimalUnits(textOfUnits(units))).toBe(units);
});

test('two numbers between the same decimals, and any where policies make decimals of texts, can not be told apart', () => {
  for (const [literals, values] of [
    [new Set<bigint>(), [0.00001, 0.00002]],
    [new Set<bigint>(), [1e300, 1e301]],
    [null, [0.00001]],
  ] as const) {
    const decimals = createPlacedDecimals(literals);
    values.forEach((value) => decimals.shown(value));
    expect(decimals.settle()).toBe(false);
  }
});
