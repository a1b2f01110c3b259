import { jest } from '@jest/globals';
import { type PostgresUnderTest, startPostgres } from '@sallyport/testing';
import { as, ask, emptied, wrap } from '../test/faults.fixture.ts';
import { openPostgresJournal } from './postgres-journal.ts';
import { openPostgresReader } from './postgres-reader.ts';

// Containers start and servers go away, perhaps on a busy machine.
jest.setTimeout(60_000);

let postgres: PostgresUnderTest;

beforeAll(async () => {
  postgres = await startPostgres({ settings: { fsync: 'off', full_page_writes: 'off' } });
});
afterAll(() => postgres.stop());

const open = () => openPostgresJournal({ connection: as('audit', postgres), wrap });

describe('a journal refuses to start', () => {
  it('on a database without its tables', async () => {
    await ask(postgres.owner, "CREATE ROLE sallyport_audit LOGIN PASSWORD 'audit-of-a-test'");
    await expect(open()).rejects.toMatchObject({
      code: 'postgres_schema',
      message: expect.stringContaining('migration'),
    });
    await emptied(postgres);
  });

  it('with fsync or full page writes off, and says what to set', async () => {
    await expect(open()).rejects.toMatchObject({
      code: 'postgres_unsafe',
      message: expect.stringMatching(/fsync is off, set it to on.*full_page_writes is off|full_page.*fsync is off/),
    });
  });

  it.each(['off', 'local', 'remote_write'])(
    'with synchronous_commit=%s, also if it is so for its role alone',
    async (value) => {
      await ask(postgres.owner, `ALTER ROLE sallyport_audit SET synchronous_commit = '${value}'`);
      await expect(open()).rejects.toMatchObject({
        code: 'postgres_unsafe',
        message: expect.stringContaining(`synchronous_commit is ${value}, set it to on or remote_apply`),
      });
      await ask(postgres.owner, 'ALTER ROLE sallyport_audit RESET synchronous_commit');
    },
  );

  it('as a role that passes row level security, to write or to read', async () => {
    for (const opening of [openPostgresJournal, openPostgresReader])
      await expect(opening({ connection: postgres.owner, wrap })).rejects.toMatchObject({
        code: 'postgres_unsafe',
        message: expect.stringContaining('passes row level security'),
      });
  });

  it('where nobody answers, and says where and how often it tried', async () => {
    const nowhere = { ...as('audit', postgres), port: 1 };
    await expect(openPostgresJournal({ connection: nowhere, wrap })).rejects.toMatchObject({
      code: 'postgres_unreachable',
      message: expect.stringMatching(/127\.0\.0\.1:1 could not be reached in 5 tries: .*ECONNREFUSED/),
    });
  });
});

describe('a reader', () => {
  it('starts where commits are not durable: it makes none', async () => {
    const reader = await openPostgresReader({ connection: as('reader', postgres) });
    expect(await reader.healthy()).toBe(true);
    await reader.close();
  });
});
