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
  const { usedIds, advance } = create(4);
  for (const tenant of ['a', 'b', 'c', 'd']) expect(await usedIds.use(tenant, 'x', 1_000)).toBe(true);
  await expect(usedIds.use('e', 'x', 1_000)).rejects.toThrow(CountersUnavailable);
  expect(await usedIds.use('a', 'x', 1_000)).toBe(false);
  await advance(1_000);
  expect(await usedIds.use('e', 'x', 1_000)).toBe(true);
});

it('takes of one tenant no more than a quarter, so that its people keep nobody else out', async () => {
  const { usedIds, advance } = create(8);
  for (const id of ['x', 'y']) expect(await usedIds.use('a', id, 1_000)).toBe(true);
  await expect(usedIds.use('a', 'z', 1_000)).rejects.toThrow(CountersUnavailable);
  expect(await usedIds.use('b', 'z', 1_000)).toBe(true);
  await advance(1_000);
  expect(await usedIds.use('a', 'z', 1_000)).toBe(true);
});
