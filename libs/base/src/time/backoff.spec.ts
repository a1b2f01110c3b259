import { Backoff } from './backoff.ts';

describe('pauses between starts', () => {
  it('double from 250 ms to 30 s, and begin again after 60 healthy seconds', () => {
    let now = 0;
    const backoff = new Backoff({ monotonic: () => now });
    const waits = Array.from({ length: 9 }, () => backoff.down());
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    backoff.up();
    now = 59_999;
    expect(backoff.down()).toBe(30_000);
    backoff.up();
    now += 60_000;
    expect(backoff.down()).toBe(250);
  });
});
