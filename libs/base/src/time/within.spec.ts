import { jest } from '@jest/globals';
import { LATE, within } from './within.ts';

describe('waiting', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate'] }));
  afterEach(() => void jest.useRealTimers());

  it('ends with the time', async () => {
    const waiting = within(new Promise(() => undefined), 5);
    const ended = jest.fn();
    void waiting.then(ended);
    await jest.advanceTimersByTimeAsync(4);
    expect(ended).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(await waiting).toBe(LATE);
  });

  it('drops a failure that comes later', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const waiting = within(promise, 5);
    jest.advanceTimersByTime(5);
    expect(await waiting).toBe(LATE);
    reject(new Error('late'));
    await expect(promise).rejects.toThrow('late');
  });

  it('ends with the work, whatever comes of it', async () => {
    expect(await within(Promise.resolve(1), 1_000)).toBe(1);
    await expect(within(Promise.reject(new Error('no')), 1_000)).rejects.toThrow('no');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('takes what has come while this process was held up', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const waiting = within(promise, 1);
    jest.advanceTimersByTime(1);
    resolve('in time'); // what a socket brings is read after all timers that are due
    expect(await waiting).toBe('in time');
  });
});
