export type { PostgresConnection } from './connection.ts';
export { PostgresSchemaMismatch, PostgresUnreachable, PostgresUnsafe } from './errors.ts';
export { migrate, type MigrateOptions } from './migrate.ts';
export { openPostgresJournal, type PostgresJournal, type PostgresJournalOptions } from './postgres-journal.ts';
export { openPostgresReader, type PostgresReader, type PostgresReaderOptions } from './postgres-reader.ts';
export { ROLES as postgresRoles } from './roles.ts';
