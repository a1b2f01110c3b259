import type { Journal, StoredEvent } from '@sallyport/contracts';
import { createReader } from './reader.ts';

/** A journal whose readings end when the test says so. */
function slowJournal() {
  const events: StoredEvent[] = [];
  const readings: { readonly after: number; end(): void }[] = [];
  const readAll: Journal['readAll'] = (_, { after }) =>
    new Promise((resolve) => {
      const seen = events.filter(({ sequence }) => sequence > after); // what is there when the reading begins
      readings.push({ after, end: () => resolve(seen) });
    });
  return { readAll, readings, write: (sequence: number) => void events.push({ sequence } as StoredEvent) };
}

test('those who ask during a reading share the next one, which sees what was written meanwhile', async () => {
  const { readAll, readings, write } = slowJournal();
  const taken: number[] = [];
  const reader = createReader({ readAll }, ({ sequence }) => taken.push(sequence));
  const first = reader.catchUp('shop');
  write(1);
  const others = Promise.all(Array.from({ length: 100 }, () => reader.catchUp('shop')));
  readings[0]?.end();
  await first;
  expect(taken).toEqual([]);
  readings[1]?.end();
  await others;
  expect([taken, readings.length]).toEqual([[1], 2]);
});

test('tenants do not wait for each other, and a reading that fails leaves the next one', async () => {
  let readings = 0;
  const readAll = async () => {
    if (++readings === 1) throw new Error('away');
    return [];
  };
  const reader = createReader({ readAll }, () => undefined);
  const [first, second] = [reader.catchUp('shop'), reader.catchUp('shop')];
  await expect(first).rejects.toThrow('away');
  await second;
  await reader.catchUp('bank');
});
