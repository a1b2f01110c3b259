import { jest } from '@jest/globals';
import { journalContract, type OpenJournal, type PostgresUnderTest, startPostgres } from '@sallyport/testing';
import { as, emptied } from '../test/faults.fixture.ts';
import { openPostgresJournal } from './postgres-journal.ts';

// Containers start and servers go away, perhaps on a busy machine.
jest.setTimeout(60_000);

let postgres: PostgresUnderTest;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

async function open(): Promise<OpenJournal> {
  const opened = await openPostgresJournal({ connection: as('audit', postgres) });
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
