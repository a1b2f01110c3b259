import { CountersUnavailable } from '@sallyport/contracts';
import { usedIdsContract } from '@sallyport/testing';
import { createMemoryUsedIds } from './memory-used-ids.ts';

function create(most?: number) {
  let now = 1_000;
  const usedIds = createMemoryUsedIds({ clock: { now: () => now }, ...(most === undefined ? {} : { most }) });
  return { usedIds, advance: async (ms: number) => void (now += ms) };
}

usedIdsContract('memory', async () => create());

it('takes none beyond as many as it remembers, until one is forgotten', async () => {
  const { usedIds, advance } = create(2);
  expect(await usedIds.use('shop', 'a', 1_000)).toBe(true);
  expect(await usedIds.use('shop', 'b', 1_000)).toBe(true);
  await expect(usedIds.use('shop', 'c', 1_000)).rejects.toThrow(CountersUnavailable);
  expect(await usedIds.use('shop', 'a', 1_000)).toBe(false);
  await advance(1_000);
  expect(await usedIds.use('shop', 'c', 1_000)).toBe(true);
});
