import { RecentNames } from './recent-names.ts';

describe('names that were told lately', () => {
  it('are forgotten after that time, so that there are never more', () => {
    let now = 0;
    const lately = new RecentNames({ monotonic: () => now }, 60_000);
    for (; now < 600_000; now += 1_000) lately.add(`tenant ${now}`);
    expect(lately.size).toBe(60);
    expect([lately.has('tenant 540000'), lately.has('tenant 541000')]).toEqual([false, true]);
  });

  it('are kept for as long after the last time', () => {
    let now = 0;
    const lately = new RecentNames({ monotonic: () => now }, 60_000);
    lately.add('shop');
    now = 59_999;
    lately.add('shop');
    now = 119_998;
    expect(lately.has('shop')).toBe(true);
    now = 119_999;
    expect([lately.has('shop'), lately.size]).toEqual([false, 0]);
  });
});
