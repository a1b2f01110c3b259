import { jest } from '@jest/globals';
import {
  connectionsContract,
  journalContract,
  type OpenJournal,
  type PostgresUnderTest,
  startPostgres,
} from '@sallyport/testing';
import { as, emptied, wrap } from '../test/faults.fixture.ts';
import { openPostgresJournal } from './postgres-journal.ts';
import { openPostgresReader } from './postgres-reader.ts';

// Containers start and servers go away, perhaps on a busy machine.
jest.setTimeout(60_000);

let postgres: PostgresUnderTest;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const closing: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

async function open(): Promise<OpenJournal> {
  const opened = await openPostgresJournal({ connection: as('audit', postgres), wrap });
  return {
    ...opened,
    reopen: async () => {
      await opened.close();
      return open();
    },
  };
}

journalContract('postgres', async () => {
  await emptied(postgres);
  return open();
});

connectionsContract('postgres', async () => {
  await emptied(postgres);
  const { connections, close } = await openPostgresReader({ connection: as('gateway', postgres) });
  closing.push(close);
  return connections;
});

it('gives a pseudonym to any name that a client makes up, each its own', async () => {
  await emptied(postgres);
  const { directory, close } = await openPostgresJournal({ connection: as('audit', postgres), wrap });
  // Does not compress, so that no index takes it as it is.
  const long = Array.from({ length: 6_000 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * at * 7_919) % 20_000)));
  const names = ['order/1', 'order/1\0', `order/${long.join('')}`, `order/${long.join('')}x`];
  const refs = await Promise.all(names.map((name) => directory.refOf('shop', 'res', name)));
  expect(new Set(refs).size).toBe(names.length);
  const digest = (await directory.nameOf('shop', refs[1] ?? '')) ?? '';
  expect(digest).toMatch(/^sha256:/);
  expect(await directory.refOf('shop', 'res', digest)).not.toBe(refs[1]);
  await close();
});
