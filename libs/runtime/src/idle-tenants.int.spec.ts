import { createSecretKey } from 'node:crypto';
import { jest } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import {
  createMemoryBroker,
  createMemoryCounters,
  createMemorySpool,
  createMemoryUsedIds,
} from '@sallyport/adapter-memory';
import { migrate, openPostgresJournal, openPostgresReader, postgresRoles } from '@sallyport/adapter-postgres';
import { ringKeyWrap } from '@sallyport/journal';
import { createLogger } from '@sallyport/service';
import { type PostgresUnderTest, sampleCommit, sampleWrite, startPostgres } from '@sallyport/testing';
import { Client } from 'pg';
import { type Files, makeFiles, watching } from '../test/fixture.ts';
import { createAuditRuntime } from './audit-runtime.ts';
import { createDependencies } from './dependencies.ts';
import { followOthers } from './runtime-maintenance.ts';
import { systemClock, systemIds } from './system.ts';

// A container starts, perhaps on a busy machine.
jest.setTimeout(120_000);

const TENANTS = 300;
const TOPIC = 'feed';
const passwords = { audit: 'audit-of-a-test', gateway: 'gateway-of-a-test', reader: 'reader-of-a-test' };
const wrap = ringKeyWrap([Buffer.alloc(32, 7)], 'the test');
const clock = systemClock;
const ids = systemIds(clock);
const keys = { digestKey: () => createSecretKey(Buffer.alloc(32, 1)), sealKey: () => Buffer.alloc(32, 2) };
const observer = watching();

let postgres: PostgresUnderTest;
let files: Files;
const as = (role: 'audit' | 'gateway') => ({
  ...postgres.owner,
  user: postgresRoles[role],
  password: passwords[role],
});

beforeAll(async () => {
  files = makeFiles();
  postgres = await startPostgres();
  await migrate({ connection: postgres.owner, passwords });
  const { journal, close } = await openPostgresJournal({ connection: as('audit'), wrap });
  for (let at = 0; at < TENANTS; at += 1)
    await journal.commit({ ...sampleCommit([sampleWrite('tenant/idle', 0)]), tenant: `idle-${at}` });
  await close();
});
afterAll(async () => {
  files.remove();
  await postgres?.stop();
});

/** A service starts, rests for so many milliseconds, does so many rounds of maintenance, and ends. */
interface Stay {
  readonly ms: number;
  readonly rounds: number;
}

async function transactions(serve: (stay: Stay) => Promise<void>, stay: Stay): Promise<number> {
  const before = await committed();
  await serve(stay);
  return (await committed()) - before;
}

/** Connections tell what they did at their end for certain, so they must be gone. */
async function committed(): Promise<number> {
  const client = new Client(postgres.owner);
  await client.connect();
  try {
    const others = "SELECT count(*)::integer AS count FROM pg_stat_activity WHERE application_name LIKE 'sallyport%'";
    while ((await client.query<{ count: number }>(others)).rows[0]?.count !== 0) await pause(50);
    const text = 'SELECT xact_commit::integer AS count FROM pg_stat_database WHERE datname = current_database()';
    return (await client.query<{ count: number }>(text)).rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}

async function audit({ ms, rounds }: Stay): Promise<void> {
  const opened = await openPostgresJournal({ connection: as('audit'), wrap });
  const bus = createMemoryBroker().connect();
  await bus.ensure([{ topic: TOPIC, partitions: 1 }]);
  const runtime = await createAuditRuntime({
    ...{ loaded: await files.load(), postgres: opened, counters: createMemoryCounters({ clock }), bus, feed: TOPIC },
    records: { clock, ids, keys, directory: opened.directory },
    ...{ observer, instance: 'audit-1' },
  });
  await runtime.tick();
  while ((await opened.marks.read()).size < TENANTS) await pause(50);
  await pause(ms);
  for (let left = rounds; left > 0; left -= 1) await runtime.tick();
  await runtime.close();
  await opened.close();
}

async function gateway({ ms, rounds }: Stay): Promise<void> {
  const reader = await openPostgresReader({ connection: as('gateway'), wrap });
  const stores = {
    ...{ ...reader, keys, spool: createMemorySpool(), counters: createMemoryCounters({ clock }) },
    ...{ usedIds: createMemoryUsedIds({ clock }), subscribe: () => () => undefined },
  };
  const dependencies = await createDependencies({
    stores,
    loaded: await files.load(),
    logger: createLogger(),
    observer,
  });
  await pause(ms);
  for (let left = rounds; left > 0; left -= 1) await followOthers(dependencies, { drain: async () => 0 });
  await reader.close();
}

it.each([
  ['audit', audit],
  ['a gateway', gateway],
])('%s asks no more of PostgreSQL because there are many tenants for which nothing happens', async (_name, serve) => {
  // What was written while nobody ran is caught up with.
  await transactions(serve, { ms: 1_000, rounds: 1 });
  const start = await transactions(serve, { ms: 1_000, rounds: 1 });
  const stay = await transactions(serve, { ms: 4_000, rounds: 6 });
  expect(stay - start).toBeLessThan(TENANTS / 3);
});
