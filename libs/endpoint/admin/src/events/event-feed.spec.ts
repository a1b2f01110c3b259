import { setTimeout as pause } from 'node:timers/promises';
import { createFakePorts } from '../../test/fake-ports.ts';
import type { Caller } from '../auth/caller.ts';
import { EventFeed } from './event-feed.ts';
import { EventReader } from './event-reader.ts';

const subject = { id: 'operator', issuer: 'sallyport', roles: [] };
const caller = { kind: 'operator', principal: { tenant: '', subject }, admin: true, tenants: [] } as object as Caller;

/** Somebody who follows every tenant; `read` says whose logs were read. */
function following(tenants: readonly string[]) {
  const { ports, decide } = createFakePorts();
  const read: string[] = [];
  const { journal } = ports;
  const reading: typeof journal = {
    ...journal,
    readAll: (tenant, options) => (read.push(tenant), journal.readAll(tenant, options)),
  };
  const listeners = new Set<(tenant: string, size: number) => void>();
  const subscribe: typeof ports.subscribe = (listener) => {
    const leave = ports.subscribe(listener);
    listeners.add(listener);
    return () => (listeners.delete(listener), leave());
  };
  const seen = { ...ports, journal: reading, subscribe };
  const feed = new EventFeed(seen, new EventReader(seen));
  const written: string[] = [];
  const stop = new AbortController();
  const write = async (text: string) => written.push(text) > 0;

  return {
    ...{ read, written, commit: (tenant: string) => decide(tenant, 'allow') },
    /** Tells what is told of a commit once more. */
    tell: (tenant: string, size: number) => listeners.forEach((listener) => listener(tenant, size)),
    async start(from: ReadonlyMap<string, number> | null) {
      for (const tenant of tenants) await decide(tenant, 'allow');
      const ended = feed.follow({ caller, everyTenant: true, deny: false, from }, { write, signal: stop.signal });
      return async () => (stop.abort(), ended);
    },
    async until(count: number) {
      while (written.length < count) await pause(1);
    },
  };
}

it('reads no log but those that grew', async () => {
  const { read, written, commit, start, until } = following(['bank', 'shop', 'zoo']);
  const stop = await start(null);
  await until(1);
  expect(read).toEqual([]);
  for (const tenant of ['shop', 'late']) await commit(tenant);
  await until(3);
  expect(new Set(read)).toEqual(new Set(['shop', 'late']));
  expect(written.slice(1).map((text) => text.split('\n')[0])).toEqual([
    'id: bank:1,shop:2,zoo:1',
    'id: bank:1,shop:2,zoo:1,late:1',
  ]);
  await stop();
});

it('reads what is behind the place from which it is resumed', async () => {
  const { read, written, start, until } = following(['bank', 'shop', 'zoo']);
  const stop = await start(new Map(Object.entries({ bank: 1, shop: 0, zoo: 1 })));
  await until(2);
  expect(new Set(read)).toEqual(new Set(['shop']));
  expect(written[1]).toContain('"tenant":"shop"');
  await stop();
});

it('shows a commit also where an earlier one is told after it', async () => {
  const { written, commit, tell, start, until } = following(['shop']);
  const stop = await start(null);
  await until(1);
  const committed = commit('shop');
  tell('shop', 1);
  await committed;
  await until(2);
  expect(written[1]).toContain('id: shop:2');
  await stop();
});
