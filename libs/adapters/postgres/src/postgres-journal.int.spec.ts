import { Client } from 'pg';
import { journalContract, type OpenJournal, type PostgresUnderTest, startPostgres } from '@sallyport/testing';
import { migrate } from './migrate.ts';
import { openPostgresJournal } from './postgres-journal.ts';
import { ROLES } from './roles.ts';

const passwords = { audit: 'audit-of-a-test', gateway: 'gateway-of-a-test', reader: 'reader-of-a-test' };

let postgres: PostgresUnderTest;

beforeAll(async () => {
  postgres = await startPostgres();
}, 90_000);
afterAll(() => postgres.stop());

/** An empty journal: the schema is dropped and made anew. */
async function emptied(): Promise<void> {
  const client = new Client(postgres.owner);
  await client.connect();
  await client.query('DROP SCHEMA IF EXISTS sallyport CASCADE');
  await client.end();
  await migrate({ connection: postgres.owner, passwords });
}

async function open(): Promise<OpenJournal> {
  const connection = { ...postgres.owner, user: ROLES.audit, password: passwords.audit };
  const opened = await openPostgresJournal({ connection });
  return {
    ...opened,
    reopen: async () => {
      await opened.close();
      return open();
    },
  };
}

journalContract('postgres', async () => {
  await emptied();
  return open();
});
