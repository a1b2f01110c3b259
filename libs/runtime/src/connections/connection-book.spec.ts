import { createMemoryConnections, createMemoryJournal } from '@sallyport/adapter-memory';
import type { ConnectionStore } from '@sallyport/contracts';
import { systemClock, systemIds } from '../system.ts';
import { createConnectionBook } from './connection-book.ts';
import { createConnectionSeal } from './connection-seal.ts';

const caller = { tenant: 'acme', issuer: 'https://id.example', subject: 'ann' };

it('a sign-in counts once; what was used is forgotten when it counts no more, without a look at everything each time', async () => {
  const memory = createMemoryJournal();
  const store = createMemoryConnections();
  let [lists, ahead] = [0, 0];
  const connections: ConnectionStore = { ...store, list: (tenant) => ((lists += 1), store.list(tenant)) };
  const clock = { now: () => systemClock.now() + ahead, monotonic: () => systemClock.monotonic() + ahead };
  const seal = createConnectionSeal({ keys: { sealKey: () => Buffer.alloc(32) } }, () => ({}) as never);
  const book = createConnectionBook({ ...memory, connections, clock, seal, ids: systemIds(clock) }, 'orders');
  const until = clock.now() + 50_000;
  for (let n = 0; n < 20; n += 1) expect(await book.spend(caller, `state-${n}`, until)).toBe(true);
  expect([await book.spend(caller, 'state-0', until), lists]).toEqual([false, 1]);
  expect(await store.list('acme')).toHaveLength(20);
  ahead = 60_001;
  expect(await book.spend(caller, 'another', clock.now() + 50_000)).toBe(true);
  expect([(await store.list('acme')).length, lists]).toEqual([1, 2]);
});
