import { LATE, within } from './within.ts';

describe('waiting', () => {
  it('ends with the time', async () => {
    expect(await within(new Promise(() => undefined), 5)).toBe(LATE);
  });

  it('drops a failure that comes later', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    expect(await within(promise, 5)).toBe(LATE);
    reject(new Error('late'));
    await expect(promise).rejects.toThrow('late');
  });

  it('ends with the work, whatever comes of it', async () => {
    expect(await within(Promise.resolve(1), 1_000)).toBe(1);
    await expect(within(Promise.reject(new Error('no')), 1_000)).rejects.toThrow('no');
  });

  it('takes what has come while this process was held up', async () => {
    const work = new Promise<string>((resolve) => setTimeout(resolve, 1, 'in time'));
    const waiting = within(work, 1);
    const until = performance.now() + 20;
    while (performance.now() < until);
    expect(await waiting).toBe('in time');
  });
});
