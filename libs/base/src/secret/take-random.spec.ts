import { takeRandom } from './take-random.ts';

describe('random bytes', () => {
  it.each([1, 12, 4_096, 10_000])('come %d at a time, and never twice', (bytes) => {
    const taken = Array.from({ length: 50 }, () => takeRandom(bytes));
    expect(taken.every(({ length }) => length === bytes)).toBe(true);
    if (bytes >= 12) expect(new Set(taken.map((one) => one.toString('hex'))).size).toBe(50);
  });

  it('stay as they were when more are taken', () => {
    const kept = takeRandom(16);
    const before = kept.toString('hex');
    for (let at = 0; at < 1_000; at += 1) takeRandom(16);
    expect(kept.toString('hex')).toBe(before);
  });
});
