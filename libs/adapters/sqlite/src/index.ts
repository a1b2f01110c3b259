export { JournalDamaged, JournalLocked, JournalTooNew } from './errors.ts';
export { type FileKeysOptions, derivedKeys, KeyFileRefused, openFileKeys } from './file-keys.ts';
export { type FileSpool, type FileSpoolOptions, openFileSpool, SpoolDamaged, SpoolFull } from './file-spool.ts';
export { readJournal } from './read-journal.ts';
export { openSqliteJournal, type SqliteJournal, type SqliteJournalOptions } from './sqlite-journal.ts';
