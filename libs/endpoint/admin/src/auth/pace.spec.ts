import { createPace } from './pace.ts';

describe('createPace', () => {
  it('refuses after a burst, takes up again at its rate, and counts each person alone', () => {
    let at = 0;
    const mayAsk = createPace({ perSecond: 10, burst: 3, now: () => at });
    const asked = (who: string, times: number) =>
      Array.from({ length: times }, () => mayAsk(who)).filter(Boolean).length;
    expect(asked('alice', 10)).toBe(3);
    expect(asked('bob', 1)).toBe(1);
    at = 99;
    expect(asked('alice', 1)).toBe(0);
    at = 100;
    expect(asked('alice', 5)).toBe(1);
    at = 10_000;
    expect(asked('alice', 10)).toBe(3);
  });

  it('forgets the person who asked least recently when there are too many', () => {
    const mayAsk = createPace({ burst: 1, now: () => 0, maxPeople: 2 });
    for (const who of ['a', 'b', 'c']) expect(mayAsk(who)).toBe(true);
    expect([mayAsk('c'), mayAsk('b'), mayAsk('a')]).toEqual([false, false, true]);
  });
});
