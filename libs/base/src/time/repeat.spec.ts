import { jest } from '@jest/globals';
import { repeat } from './repeat.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('repeat', () => {
  it('rests from the end of a run, as long as is said then', async () => {
    let runs = 0;
    let run = Promise.withResolvers<void>();
    let pause = 100;
    const stop = repeat(
      () => {
        runs += 1;
        return run.promise;
      },
      () => pause,
    );
    await jest.advanceTimersByTimeAsync(99);
    expect(runs).toBe(0);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(runs).toBe(1);
    pause = 50;
    run.resolve();
    run = Promise.withResolvers();
    await jest.advanceTimersByTimeAsync(50);
    expect(runs).toBe(2);
    stop();
  });

  it('begins at once where it is told to', () => {
    let runs = 0;
    const act = async (): Promise<void> => void (runs += 1);
    repeat(act, () => 100, { atOnce: true })();
    expect(runs).toBe(1);
  });

  it('does not run after it was stopped, also during a run', async () => {
    let runs = 0;
    const run = Promise.withResolvers<void>();
    const act = (): Promise<void> => {
      runs += 1;
      return run.promise;
    };
    repeat(act, () => 100)();
    const stop = repeat(act, () => 100, { atOnce: true });
    stop();
    run.resolve();
    await jest.advanceTimersByTimeAsync(10_000);
    expect(runs).toBe(1);
  });
});
