import { jest } from '@jest/globals';
import { throttle } from './throttle.ts';

const pauses = { leastMs: 100, mostMs: 1_000 };

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function started(takesMs: number) {
  let runs = 0;
  let now = 0;
  const act = async (): Promise<void> => {
    runs += 1;
    now += takesMs;
  };
  const ask = throttle(act, { monotonic: () => now }, pauses);
  return { ask, runs: () => runs };
}

describe('throttle', () => {
  it('runs twice for a flood: at once, and once more after a rest', async () => {
    const { ask, runs } = started(1);
    for (let number = 0; number < 20_000; number++) ask();
    expect(runs()).toBe(1);
    await jest.advanceTimersByTimeAsync(99);
    expect(runs()).toBe(1);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(runs()).toBe(2);
  });

  it('runs at once again after a rest', async () => {
    const { ask, runs } = started(1);
    ask();
    await jest.advanceTimersByTimeAsync(100);
    ask();
    expect(runs()).toBe(2);
  });

  it('rests four times as long as it ran, within bounds', async () => {
    const slow = started(200);
    slow.ask();
    slow.ask();
    await jest.advanceTimersByTimeAsync(799);
    expect(slow.runs()).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(slow.runs()).toBe(2);
    const stuck = started(60_000);
    stuck.ask();
    stuck.ask();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(stuck.runs()).toBe(2);
  });
});
