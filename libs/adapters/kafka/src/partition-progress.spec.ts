import type { BusMessage } from '@sallyport/contracts';
import { Progress } from './partition-progress.ts';

const value = Buffer.alloc(0);

function message(offset: number, partition = 0): BusMessage {
  return { topic: 't', partition, offset: BigInt(offset), time: null, key: null, value, headers: {} };
}

/** A progress whose work ends when told. */
function held() {
  const works = new Map<number, () => void>();
  const progress = new Progress(({ offset }) => new Promise((resolve) => works.set(Number(offset), resolve)));
  progress.assign([0]);
  return {
    progress,
    taken: () => [...works.keys()],
    async finish(offset: number) {
      works.get(offset)?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('what a subscription has taken', () => {
  it('is not taken again after a rebalance', () => {
    const { progress, taken } = held();
    for (const offset of [5, 6, 7]) progress.take(message(offset), 100);
    for (const offset of [5, 6, 7, 8]) progress.take(message(offset), 100);
    expect(taken()).toEqual([5, 6, 7, 8]);
  });

  it('does not hide a topic that was made again', () => {
    const { progress, taken } = held();
    progress.take(message(50), 100);
    progress.take(message(0), 101);
    progress.take(message(1), 101);
    expect(taken()).toEqual([50, 0, 1]);
  });

  it('is committed up to the lowest unfinished', async () => {
    const { progress, finish } = held();
    for (const offset of [5, 6, 7]) progress.take(message(offset), 100);
    await finish(6);
    expect(progress.positions('finished')).toEqual([{ partition: 0, offset: 5n }]);
    await finish(5);
    expect(progress.positions('finished')).toEqual([{ partition: 0, offset: 7n }]);
    expect(progress.positions('taken')).toEqual([{ partition: 0, offset: 8n }]);
  });

  it('says how many messages of its own partitions were not taken', () => {
    const { progress } = held();
    progress.assign([0, 1, 2]);
    progress.take(message(5, 0), 100);
    progress.take(message(9, 1), 100);
    const ends = new Map([
      [0, 16n],
      [1, 10n],
      [2, 400n],
      [3, 50n],
    ]);
    expect(progress.behind(ends)).toBe(10);
    progress.assign([1]);
    expect(progress.behind(ends)).toBe(0);
    expect(progress.behind(new Map())).toBe(0);
  });

  it('is not committed twice, nor once the partition is lost', () => {
    const { progress } = held();
    progress.take(message(5), 100);
    const positions = progress.positions('taken');
    progress.committed(positions);
    expect(progress.positions('taken')).toEqual([]);
    progress.take(message(6), 100);
    progress.assign([1]);
    progress.assign([0, 1]);
    expect(progress.positions('taken')).toEqual([]);
    progress.take(message(20), 100);
    expect(progress.positions('finished')).toEqual([{ partition: 0, offset: 20n }]);
  });

  it('is committed from its anchor before anything came', () => {
    const { progress } = held();
    progress.anchor({ partition: 0, offset: 9n });
    expect(progress.positions('finished')).toEqual([{ partition: 0, offset: 9n }]);
  });

  it('counts a handler that throws as finished, and takes nothing once shut', async () => {
    const progress = new Progress(() => {
      throw new Error('poison');
    });
    progress.assign([0]);
    progress.take(message(1), 100);
    await progress.settled();
    expect(progress.positions('finished')).toEqual([{ partition: 0, offset: 2n }]);
    progress.shut();
    progress.take(message(2), 100);
    expect(progress.nextOf(0)).toBe(2n);
    expect(progress.mine).toEqual([]);
  });
});
