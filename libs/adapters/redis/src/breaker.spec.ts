import { createBreaker } from './breaker.ts';
import { NoAnswer, inTime } from './deadline.ts';

const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a breaker', () => {
  it('stays open until a probe finds the store, and says so once', async () => {
    let isThere = false;
    let probes = 0;
    const changes: boolean[] = [];
    const breaker = createBreaker({
      async probe() {
        probes++;
        if (!isThere) throw new Error('away');
      },
      everyMs: 5,
      onChange: (isOpen) => void changes.push(isOpen),
    });
    expect(breaker.isOpen).toBe(false);
    breaker.trip();
    breaker.trip();
    await soon(40);
    expect(breaker.isOpen).toBe(true);
    expect(probes).toBeGreaterThan(1);
    isThere = true;
    await soon(40);
    expect(breaker.isOpen).toBe(false);
    expect(changes).toEqual([true, false]);
  });

  it('asks nobody any more once it is closed for good', async () => {
    let probes = 0;
    const breaker = createBreaker({ probe: () => Promise.reject(new Error(`away ${probes++}`)), everyMs: 5 });
    breaker.trip();
    await soon(1);
    breaker.close();
    const asked = probes;
    await soon(30);
    expect(probes).toBe(asked);
  });
});

describe('a deadline', () => {
  it('ends what takes longer', async () => {
    await expect(inTime(5, new Promise(() => undefined))).rejects.toThrow(NoAnswer);
  });

  it('is not missed by an answer that came while the process itself was held up', async () => {
    const answer = new Promise((resolve) => setTimeout(() => resolve('here'), 1));
    const waited = inTime(5, answer);
    const until = performance.now() + 30;
    while (performance.now() < until);
    expect(await waited).toBe('here');
  });

  it('passes on what the work throws', async () => {
    await expect(inTime(50, Promise.reject(new TypeError('no')))).rejects.toThrow(TypeError);
  });
});
