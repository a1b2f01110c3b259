import { jest } from '@jest/globals';
import { migrate, openPostgresJournal, type PostgresJournal, postgresRoles } from '@sallyport/adapter-postgres';
import { ringKeyWrap } from '@sallyport/journal';
import { type PostgresUnderTest, startPostgres } from '@sallyport/testing';
import { questionsContract } from '../test/questions.contract.ts';

// A container starts, perhaps on a busy machine.
jest.setTimeout(120_000);

const passwords = { audit: 'audit-of-a-test', gateway: 'gateway-of-a-test', reader: 'reader-of-a-test' };
let postgres: PostgresUnderTest;
let journals: readonly PostgresJournal[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  await migrate({ connection: postgres.owner, passwords });
  const connection = { ...postgres.owner, user: postgresRoles.audit, password: passwords.audit };
  const wrap = ringKeyWrap([Buffer.alloc(32, 7)], 'the test');
  journals = await Promise.all([1, 2].map(() => openPostgresJournal({ connection, wrap })));
});
afterAll(async () => {
  await Promise.all(journals.map((journal) => journal.close()));
  await postgres?.stop();
});

questionsContract('two connections to PostgreSQL', async () => journals);
