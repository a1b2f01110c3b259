import { readInstructions } from './instructions.ts';

describe('what a server says of itself', () => {
  it.each([{}, { instructions: 7 }, { instructions: ['x'] }, { instructions: ' \n' }])('is nothing in %j', (result) => {
    expect(readInstructions(result)).toBeNull();
  });

  it('is taken as it is, and cut where it is too long, which it says', () => {
    expect(readInstructions({ instructions: 'x'.repeat(16_384) })).toHaveLength(16_384);
    expect(readInstructions({ instructions: 'x'.repeat(16_385) })).toMatch(
      /x\n\[Cut by Sallyport after 16384 characters\.\]$/,
    );
  });

  it('keeps no half of a surrogate pair, be it of the server or of a cut', () => {
    expect(readInstructions({ instructions: 'a \ud800 b' })).toBe('a \ufffd b');
    expect(readInstructions({ instructions: `${'x'.repeat(16_383)}😀` })).toMatch(/x\ufffd\n\[Cut by Sallyport/);
  });
});
