import { randomBytes } from 'node:crypto';
import { openPostgresJournal, type PostgresJournalOptions } from '@sallyport/adapter-postgres';
import { ringKeyWrap } from '@sallyport/journal';
import { decision } from '../journal-load.ts';

const atOnce = 500;

/** Gives each of so many tenants a log with one refused call. */
export async function fillTenants(connection: PostgresJournalOptions['connection'], tenants: number): Promise<void> {
  const opened = await openPostgresJournal({ connection, wrap: ringKeyWrap([randomBytes(32)], 'the bench') });
  try {
    for (let from = 0; from < tenants; from += atOnce)
      await Promise.all(
        Array.from({ length: Math.min(atOnce, tenants - from) }, (_, at) =>
          opened.journal.commit(decision(`idle-${from + at}`, { effect: 'deny' })),
        ),
      );
  } finally {
    await opened.close();
  }
}
