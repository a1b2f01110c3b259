import { createFlood } from './flood.ts';

describe('a flood', () => {
  it('is stopped after the burst, and lets in again at the rate', () => {
    let time = 0;
    const flood = createFlood({ monotonic: () => time }, { rate: 10, burst: 2 });
    expect([flood.take('a'), flood.take('a'), flood.take('a')]).toEqual([0, 0, 100]);
    expect(flood.take('b')).toBe(0);
    time += 50;
    expect(flood.take('a')).toBe(50);
    time += 50;
    expect(flood.take('a')).toBe(0);
    time += 60_000;
    expect([flood.take('a'), flood.take('a'), flood.take('a')]).toEqual([0, 0, 100]);
  });

  it('keeps a bounded number of keys', () => {
    const flood = createFlood({ monotonic: () => 0 }, { rate: 1, burst: 1, keys: 2 });
    expect([flood.take('a'), flood.take('b'), flood.take('c'), flood.take('c')]).toEqual([0, 0, 0, 1000]);
    expect(flood.take('a')).toBe(0);
  });
});
