import { createTokenBuckets } from './token-buckets.ts';

describe('a token bucket', () => {
  it('is empty after the burst, and fills at the rate', () => {
    let time = 0;
    const buckets = createTokenBuckets({ monotonic: () => time }, () => ({ rate: 10, burst: 2 }));
    expect([buckets.take('a'), buckets.take('a'), buckets.take('a')]).toEqual([0, 0, 100]);
    expect(buckets.take('b')).toBe(0);
    time += 50;
    expect(buckets.take('a')).toBe(50);
    time += 50;
    expect(buckets.take('a')).toBe(0);
    time += 60_000;
    expect([buckets.take('a'), buckets.take('a'), buckets.take('a')]).toEqual([0, 0, 100]);
  });

  it('takes back what was given, and never holds more than its burst', () => {
    const buckets = createTokenBuckets({ monotonic: () => 0 }, () => ({ rate: 10, burst: 1 }));
    buckets.giveBack('a');
    expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 100]);
    buckets.giveBack('a');
    expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 100]);
  });

  it('gives many at once, or all that it can hold, and says beforehand whether it would', () => {
    let time = 0;
    const buckets = createTokenBuckets({ monotonic: () => time }, () => ({ rate: 10, burst: 4 }));
    expect([buckets.wait('a', 3), buckets.take('a', 3), buckets.wait('a', 3), buckets.take('a', 3)]).toEqual([
      0, 0, 200, 200,
    ]);
    expect([buckets.take('a'), buckets.take('a', 9)]).toEqual([0, 400]);
    time += 400;
    expect(buckets.take('a', 9)).toBe(0);
    buckets.giveBack('a', 9);
    expect([buckets.take('a', 4), buckets.take('a')]).toEqual([0, 100]);
  });

  it('has the size that is configured now', () => {
    let time = 0;
    let rate = 1;
    const buckets = createTokenBuckets({ monotonic: () => time }, () => ({ rate, burst: 1 }));
    expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 1000]);
    rate = 100;
    time += 10;
    expect(buckets.take('a')).toBe(0);
  });

  it('keeps a bounded number of keys, those that were used lately', () => {
    let time = 0;
    const slow = { rate: 0.1, burst: 1, keys: 2 };
    const buckets = createTokenBuckets({ monotonic: () => time }, () => slow);
    expect([buckets.take('a'), buckets.take('b')]).toEqual([0, 0]);
    time += 2_000;
    expect([buckets.take('a'), buckets.take('c')]).toEqual([8_000, 0]);
    expect([buckets.take('a'), buckets.take('b')]).toEqual([8_000, 0]);
  });
});
