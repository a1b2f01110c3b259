import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Journal, JournalUnavailable, type Texts } from '@sallyport/contracts';
import { JournalTooNew } from './errors.ts';
import { EventTable } from './event-table.ts';
import { SCHEMA_VERSION, schemaOf } from './schema.ts';
import { stored } from './sqlite-journal.ts';

/** A journal that is only looked at. */
export interface ReadJournal {
  /** Refuses every commit. */
  readonly journal: Journal;
  /** Keeps nothing. */
  readonly texts: Texts;
  close(): void;
}

/**
 * Reads the journal in a directory, also while an instance has it open: it takes no lock that keeps a writer out, and adds no
 * event. Null where there is none yet. It reads in the calling thread, for a command that looks once and ends.
 *
 * @throws JournalTooNew, or what SQLite says of a file that can't be read
 */
export function readJournal(directory: string): ReadJournal | null {
  const path = join(directory, 'journal.db');
  if (!existsSync(path)) return null;
  const db = new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
  try {
    const found = schemaOf(db);
    if (found > SCHEMA_VERSION) throw new JournalTooNew(directory, { found, known: SCHEMA_VERSION });
    if (found > 0)
      return { journal: journalOver(new EventTable(db)), texts: textsOf(db, found), close: () => db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  return null;
}

const readOnly = (): Promise<never> => Promise.reject(new JournalUnavailable('The journal is open for reading only.'));

/** A journal of an earlier release keeps none. */
function textsOf(db: DatabaseSync, version: number): Texts {
  const text = version < 2 ? null : db.prepare('SELECT text FROM texts WHERE digest = ?');
  return {
    keep: readOnly,
    find: async (digest) => {
      const row = text?.get(digest);
      return row === undefined ? null : String(row['text']);
    },
  };
}

function journalOver(events: EventTable): Journal {
  return {
    commit: readOnly,
    readStream: async (tenant, stream) => events.stream(tenant, stream).map((row) => stored(tenant, row)),
    readAll: async (tenant, { after, limit, kind = null }) =>
      events.after(tenant, { sequence: after, limit, kind }).map((row) => stored(tenant, row)),
  };
}
