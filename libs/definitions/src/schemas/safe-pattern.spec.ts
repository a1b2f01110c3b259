import { TooMuchEffort, within } from './effort.ts';
import { safePattern, UnsafePattern } from './safe-pattern.ts';

describe('a pattern', () => {
  it.each([
    ['look-ahead', '(?=a)b', 'look-around'],
    ['look-behind', '(?<!a)b', 'look-around'],
    ['a back reference', '(a)\\1', 'back references'],
    ['a named back reference', '(?<x>a)\\k<x>', 'back references'],
    ['an end of text that is not ECMA’s', '^a\\Z', 'is no pattern'],
    ['no end', '(a', 'is no pattern'],
    ['a range the wrong way round', '[z-a]', 'is no pattern'],
    ['a repeat of nothing', '*a', 'is no pattern'],
    ['too many characters', 'a'.repeat(1_001), 'longer than 1000 characters'],
    ['a repeat that is too large', 'a{1001}', 'repeats more than 1000 times'],
    ['repeats that are too large together', 'a{500}b{2,400}c{101,}', 'repeats more than 1000 times'],
    ['repeats of repeats', '((a{9}b{9}c{9}){9}){9}', 'too large once its repeats are written out'],
  ])('with %s is refused', (_, source, says) => {
    expect(() => safePattern(source)).toThrow(UnsafePattern);
    expect(() => safePattern(source)).toThrow(says);
  });

  it('is taken at its bounds', () => {
    expect(safePattern('a'.repeat(1_000)).test('a'.repeat(1_000))).toBe(true);
    expect(safePattern('a{1000}').test('a'.repeat(999))).toBe(false);
  });

  it.each([
    ['b', 'abc', true],
    ['^b', 'abc', false],
    ['^a.c$', 'a\nc', false],
    ['^\\d+$', '12\u0663', false],
    ['^\\p{L}+$', 'Ünïcode', true],
    ['^.$', '😀', true],
    ['\\/', 'a/b', true],
    ['^\\\\k<x>$', '\\k<x>', true],
    ['\\Aa\\z', 'ba', false],
    ['', '', true],
  ])('%j searches as JSON Schema has it: in %j, %s', (source, text, found) =>
    expect(safePattern(source).test(text)).toBe(found),
  );

  it('costs effort for each character that it reads', () => {
    const { test } = safePattern('^(a+)+$');
    expect(within(100, () => test('a'.repeat(10)))).toBe(true);
    expect(() => within(100, () => test('a'.repeat(1_000_000)))).toThrow(TooMuchEffort);
  });

  it('says its source, since a compiler keeps matchers by it', () => {
    expect(String(safePattern('^a$'))).toBe('^a$');
  });
});

describe('effort', () => {
  const spending = (units: number) => () => safePattern('').test('x'.repeat(units));

  it('is free outside of a check', () => {
    expect(spending(1_000)()).toBe(true);
  });

  it('spent within an inner check is not taken from the outer one, and the outer bound is there again', () => {
    expect(() =>
      within(3, () => {
        within(1_000, spending(1_000));
        spending(1)();
        return Array.from({ length: 5 }, spending(1));
      }),
    ).toThrow(TooMuchEffort);
  });

  it('is bounded again after a check that threw', () => {
    expect(() => within(0.5, spending(1))).toThrow(TooMuchEffort);
    expect(spending(1_000)()).toBe(true);
    expect(within(2, spending(1))).toBe(true);
  });
});
