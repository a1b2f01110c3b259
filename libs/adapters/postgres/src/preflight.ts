import type { ClientBase } from 'pg';
import { PostgresSchemaMismatch, PostgresUnsafe } from './errors.ts';
import { SCHEMA_VERSION } from './schema.ts';

const DURABLE: Readonly<Record<string, readonly string[]>> = {
  fsync: ['on'],
  full_page_writes: ['on'],
  synchronous_commit: ['on', 'remote_apply'],
};

/** Settings under which a commit that was answered survives a crash, as this session has them. */
export async function checkDurable(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
    [Object.keys(DURABLE)],
  );
  const findings = rows
    .filter(({ name, setting }) => !DURABLE[name]?.includes(setting))
    .map(({ name, setting }) => `${name} is ${setting}, set it to ${DURABLE[name]?.join(' or ')}`);
  if (findings.length > 0) throw new PostgresUnsafe(findings);
}

/** The role must be one that row level security holds for, and the tables those of this release. */
export async function checkRoleAndSchema(client: ClientBase): Promise<void> {
  const role = await client.query<{ name: string }>(
    'SELECT rolname AS name FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)',
  );
  if (role.rows[0])
    throw new PostgresUnsafe([`${role.rows[0].name} passes row level security, use a role of the migration`]);
  const made = await client.query<{ there: boolean }>(
    "SELECT to_regclass('sallyport.schema_version') IS NOT NULL AS there",
  );
  if (!made.rows[0]?.there) throw new PostgresSchemaMismatch(0, SCHEMA_VERSION);
  const { rows } = await client.query<{ version: number }>('SELECT version FROM sallyport.schema_version');
  const found = rows[0]?.version ?? 0;
  if (found !== SCHEMA_VERSION) throw new PostgresSchemaMismatch(found, SCHEMA_VERSION);
}
