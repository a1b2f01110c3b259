export type { PostgresConnection } from './connection.ts';
export { migrate } from './migrate.ts';
export { openPostgresJournal, type PostgresJournal, type PostgresJournalOptions } from './postgres-journal.ts';
export { openPostgresReader } from './postgres-reader.ts';
export { ROLES as postgresRoles } from './roles.ts';
