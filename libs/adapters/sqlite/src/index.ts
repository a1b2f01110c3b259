export { JournalLocked } from './errors.ts';
export { derivedKeys, openFileKeys } from './file-keys.ts';
export { openFileSpool } from './file-spool.ts';
export { readJournal } from './read-journal.ts';
export { openSqliteJournal } from './sqlite-journal.ts';
