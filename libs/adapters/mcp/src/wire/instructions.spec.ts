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
});
