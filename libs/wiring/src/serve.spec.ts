import { createSecretKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createMemoryConnections,
  createMemoryCounters,
  createMemoryJournal,
  createMemorySpool,
  createMemoryUsedIds,
} from '@sallyport/adapter-memory';
import { type Commit, JournalUnavailable } from '@sallyport/contracts';
import { createLogger } from '@sallyport/service';
import { open } from './open.ts';
import { type Stores, systemClock } from '@sallyport/runtime';

const logger = createLogger({ level: 'error' });
const directory = mkdtempSync(join(tmpdir(), 'sallyport-serve-'));
const config = join(directory, 'sallyport.yaml');

beforeAll(() => {
  mkdirSync(join(directory, 'policies'));
  writeFileSync(join(directory, 'policies/all.cedar'), '@id("all")\npermit (principal, action, resource is Tool);\n');
  const identity = { issuers: [{ issuer: 'https://id.example', audience: 'shop', tenant: { fixed: 'shop' } }] };
  const upstreams = { shop: { url: 'http://127.0.0.1:1/mcp' } };
  writeFileSync(config, JSON.stringify({ listen: '127.0.0.1:0', identity, upstreams }));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Stores whose journal writes no event of one type; `closed` counts how often they were closed. */
function storesWithout(type: string) {
  const memory = createMemoryJournal();
  const key = createSecretKey(Buffer.alloc(32));
  let closed = 0;
  const commit = (asked: Commit) => {
    const refused = asked.writes.some(({ events }) => events.some((event) => event.type === type));
    return refused ? Promise.reject(new JournalUnavailable('audit is away')) : memory.journal.commit(asked);
  };
  const stores: Stores = {
    ...memory,
    journal: { ...memory.journal, commit },
    connections: createMemoryConnections(),
    spool: createMemorySpool(),
    keys: { digestKey: () => key, sealKey: () => Buffer.alloc(32) },
    counters: createMemoryCounters({ clock: systemClock }),
    usedIds: createMemoryUsedIds({ clock: systemClock }),
    subscribe: () => () => undefined,
    close: async () => void (closed += 1),
  };
  return { prepare: async () => ({ stores, operatorToken: 'token' }), closed: () => closed };
}

it('closes its stores when it can’t put on record that it began', async () => {
  const { prepare, closed } = storesWithout('gateway.started');
  await expect(open({ config, logger, prepare })).rejects.toThrow('audit is away');
  expect(closed()).toBe(1);
});

it('closes its stores when it can’t put on record that it ended', async () => {
  const { prepare, closed } = storesWithout('gateway.stopped');
  const opened = await open({ config, logger, prepare });
  await expect(opened.close()).rejects.toThrow('audit is away');
  expect(closed()).toBe(1);
});
