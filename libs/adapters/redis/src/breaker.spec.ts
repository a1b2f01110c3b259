import { jest } from '@jest/globals';
import { createBreaker } from './breaker.ts';
import { NoAnswer, inTime } from './deadline.ts';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate'] }));
afterEach(() => void jest.useRealTimers());

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
    await jest.advanceTimersByTimeAsync(14);
    expect(breaker.isOpen).toBe(true);
    expect(probes).toBe(3); // at once, after 5 ms and after 10
    isThere = true;
    await jest.advanceTimersByTimeAsync(1);
    expect(breaker.isOpen).toBe(false);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(probes).toBe(4);
    expect(changes).toEqual([true, false]);
  });

  it('asks nobody any more once it is closed for good', async () => {
    let probes = 0;
    const breaker = createBreaker({ probe: () => Promise.reject(new Error(`away ${probes++}`)), everyMs: 5 });
    breaker.trip();
    await jest.advanceTimersByTimeAsync(6);
    breaker.close();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(probes).toBe(2);
  });
});

describe('a deadline', () => {
  it('ends what takes longer', async () => {
    const refused = expect(inTime(5, new Promise(() => undefined))).rejects.toThrow(NoAnswer);
    await jest.advanceTimersByTimeAsync(5);
    await refused;
  });

  it('is not missed by an answer that came while the process itself was held up', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const waited = inTime(5, promise);
    jest.advanceTimersByTime(5);
    resolve('here'); // what a socket brings is read after all timers that are due
    expect(await waited).toBe('here');
  });

  it('passes on what the work throws', async () => {
    await expect(inTime(50, Promise.reject(new TypeError('no')))).rejects.toThrow(TypeError);
  });
});
