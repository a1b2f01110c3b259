import fc from 'fast-check';
import { createCompleteness, lineOf } from './completeness.mjs';

function linesOf(sequences: readonly number[], fromStart = true): readonly string[] {
  const completeness = createCompleteness({ fromStart });
  for (const sequence of sequences) completeness.take('shop', sequence);
  return completeness.report().map(lineOf);
}

describe('createCompleteness', () => {
  it('names what is missing', () => {
    expect(linesOf([1, 2, 4, 9])).toEqual(['shop: INCOMPLETE, 4 records, 1 to 9, missing 3 5-8']);
    expect(linesOf([3, 4])).toEqual(['shop: INCOMPLETE, 2 records, 1 to 4, missing 1-2']);
  });

  it('passes over duplicates, and takes what comes late', () => {
    const completeness = createCompleteness({ fromStart: true });
    const fresh = [1, 2, 2, 6, 4, 4, 1, 3, 5].map((sequence) => completeness.take('shop', sequence));
    expect(fresh).toEqual([true, true, false, true, true, false, false, true, true]);
    expect(completeness.report().map(lineOf)).toEqual(['shop: complete, 6 records, 1 to 6']);
  });

  it('counts each tenant for itself', () => {
    const completeness = createCompleteness({ fromStart: true });
    for (const [tenant, sequence] of [
      ['shop', 1],
      ['bank', 2],
      ['shop', 2],
    ] as const)
      completeness.take(tenant, sequence);
    expect(completeness.report().map(lineOf)).toEqual([
      'bank: INCOMPLETE, 1 records, 1 to 2, missing 1',
      'shop: complete, 2 records, 1 to 2',
    ]);
  });

  it('begins with the first record that came where the start is not wanted', () => {
    expect(linesOf([41, 42, 44], false)).toEqual(['shop: INCOMPLETE, 3 records, 41 to 44, missing 43']);
    expect(linesOf([41, 40], false)).toEqual(['shop: complete, 1 records, 41 to 41']);
  });

  it('says of any sequences in any order which of 1 … the highest are not among them', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sequences) => {
        const completeness = createCompleteness({ fromStart: true });
        for (const sequence of sequences) completeness.take('shop', sequence);
        const [report] = completeness.report();
        const named = report?.missing.flatMap(({ from, to }) =>
          Array.from({ length: to - from + 1 }, (_, at) => from + at),
        );
        const highest = Math.max(...sequences);
        const lacking = Array.from({ length: highest }, (_, at) => at + 1).filter((n) => !sequences.includes(n));
        expect([report?.last, report?.records, named?.sort((a, b) => a - b)]).toEqual([
          highest,
          new Set(sequences).size,
          lacking,
        ]);
      }),
    );
  });
});
