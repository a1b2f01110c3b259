import { shareNext } from './share-next.ts';

function started() {
  const runs: PromiseWithResolvers<number>[] = [];
  const ask = shareNext(() => {
    const run = Promise.withResolvers<number>();
    runs.push(run);
    return run.promise;
  });
  return { runs, ask };
}

describe('shareNext', () => {
  it('gives those who ask during a run the next one, not that', async () => {
    const { runs, ask } = started();
    const [first, second, third] = [ask(), ask(), ask()];
    expect(runs).toHaveLength(1);
    runs[0]?.resolve(1);
    expect(await first).toBe(1);
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(2);
    expect(await Promise.all([second, third])).toEqual([2, 2]);
  });

  it('fails those who shared a run that failed, and nobody else', async () => {
    const { runs, ask } = started();
    const first = ask();
    const second = ask();
    runs[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    runs[1]?.resolve(2);
    expect(await second).toBe(2);
  });

  it('never runs twice at once, also for somebody who asks again as a run ends', async () => {
    const { runs, ask } = started();
    const again = ask().then(ask);
    const waiting = ask();
    runs[0]?.resolve(1);
    await Promise.resolve();
    await new Promise(setImmediate);
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(2);
    expect(await Promise.all([again, waiting])).toEqual([2, 2]);
    void ask();
    expect(runs).toHaveLength(3);
  });
});
