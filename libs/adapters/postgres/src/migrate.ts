import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { clientConfig, type PostgresConnection } from './connection.ts';
import { PostgresSchemaMismatch } from './errors.ts';
import { FUNCTIONS } from './functions.ts';
import { BY_KEY, GRANTS, type RoleName, ROLES, scramVerifier } from './roles.ts';
import { SCHEMA_VERSION, STEPS } from './schema.ts';

export interface MigrateOptions {
  /** The owner of the database, who may make roles. */
  readonly connection: PostgresConnection;
  /** Of the three roles; those of an earlier run stop working. */
  readonly passwords: Readonly<Record<RoleName, string>>;
}

const MIGRATION_MS = 120_000;
/** Any number that nobody else locks: "sally" as bytes. */
const LOCK = 495_790_943_353;

/**
 * Roles belong to the whole server, so migrations of two of its databases may change or make one at the same time. What
 * PostgreSQL says then: tuple concurrently updated, unique violation, duplicate object.
 */
const CONCURRENT = new Set(['XX000', '23505', '42710']);
const ATTEMPTS = 10;
const PAUSE_MS = 100;

/**
 * Brings a database to the newest schema, makes the three roles, and sets their rights and passwords. All or nothing; to
 * be run as often as one likes, and by several at once, also on other databases of the same server.
 *
 * @throws PostgresSchemaMismatch if a newer release made the schema; the driver's error if something else is refused
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  for (let left = ATTEMPTS; ; left--) {
    try {
      return await migrateOnce(options);
    } catch (error) {
      if (left <= 1 || !(error instanceof DatabaseError && CONCURRENT.has(error.code ?? ''))) throw error;
      await setTimeout(PAUSE_MS);
    }
  }
}

async function migrateOnce({ connection, passwords }: MigrateOptions): Promise<void> {
  const client = new Client(clientConfig(connection, { program: 'sallyport-migrate', statementMs: MIGRATION_MS }));
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await makeRoles(client, passwords, client.escapeIdentifier(connection.database));
    await takeSteps(client);
    await client.query(FUNCTIONS);
    await client.query(GRANTS);
    await client.query('COMMIT');
  } finally {
    await client.end(); // what was not committed is rolled back
  }
}

async function makeRoles(client: Client, passwords: MigrateOptions['passwords'], database: string): Promise<void> {
  for (const [name, role] of Object.entries(ROLES)) {
    const known = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
    if (known.rowCount === 0) await client.query(`CREATE ROLE ${role} NOINHERIT`);
    const verifier = scramVerifier(passwords[name as RoleName], randomBytes(16));
    await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(verifier)}`);
    for (const setting of BY_KEY) await client.query(`ALTER ROLE ${role} IN DATABASE ${database} SET ${setting}`);
  }
}

async function takeSteps(client: Client): Promise<void> {
  await client.query('CREATE SCHEMA IF NOT EXISTS sallyport');
  await client.query('CREATE TABLE IF NOT EXISTS sallyport.schema_version (version integer NOT NULL)');
  const { rows } = await client.query<{ version: number }>('SELECT version FROM sallyport.schema_version');
  const found = rows[0]?.version ?? 0;
  if (found > SCHEMA_VERSION) throw new PostgresSchemaMismatch(found, SCHEMA_VERSION);
  for (const step of STEPS.slice(found)) await client.query(step);
  await client.query('DELETE FROM sallyport.schema_version');
  await client.query('INSERT INTO sallyport.schema_version VALUES ($1)', [SCHEMA_VERSION]);
}
