import { Client, type ClientConfig } from 'pg';
import { sealedOpener } from '../crash/open-sealed.ts';
import { type Row, rowOf, type Rows } from '../crash/rows.ts';

const query = `
  SELECT e.tenant, e.sequence, e.stream, e.version, e.type, e.bytes, e.leaf, e.id, s.value AS sealed, s.subject, k.wrapped
  FROM sallyport.events e
  LEFT JOIN sallyport.sealed s ON s.tenant = e.tenant AND s.event = e.id AND s.field = 'arguments'
  LEFT JOIN sallyport.subject_keys k ON k.tenant = s.tenant AND k.subject = s.subject
  WHERE e.tenant = $1 AND e.sequence > $2 ORDER BY e.sequence`;
const before = 'SELECT count(*) AS count FROM sallyport.events WHERE tenant = $1 AND sequence <= $2';

/** Runs queries on a connection of its own: one that was open may be dead after a fault. */
export async function ask<Found>(owner: ClientConfig, act: (client: Client) => Promise<Found>): Promise<Found> {
  const client = new Client({ ...owner, connectionTimeoutMillis: 5_000, query_timeout: 20_000 });
  client.on('error', () => undefined); // the query that it breaks rejects
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * @param owner of the database; the rows of a tenant are shown to a connection that says which tenant
 * @param key `sealing.key` of the services
 */
export function postgresRows(owner: ClientConfig, key: string): Rows {
  const open = sealedOpener(key);
  const last = new Map<string, number>();

  async function ofTenant(client: Client, tenant: string): Promise<{ rows: readonly Row[]; kept: number }> {
    const from = last.get(tenant) ?? 0;
    await client.query(`SELECT set_config('sallyport.tenant', $1, true)`, [tenant]);
    const [counted] = (await client.query<{ count: string }>(before, [tenant, from])).rows;
    const rows = (await client.query<Record<string, unknown>>(query, [tenant, from])).rows.map((row) =>
      rowOf(row, open),
    );
    last.set(tenant, rows.at(-1)?.sequence ?? from);
    return { rows, kept: Number(counted?.count) };
  }

  async function all(client: Client): ReturnType<Rows['read']> {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const tenants = (await client.query<{ tenant: string }>('SELECT tenant FROM sallyport.tenants ORDER BY 1')).rows;
    const found = { rows: [] as Row[], kept: 0 };
    for (const { tenant } of tenants) {
      const { rows, kept } = await ofTenant(client, tenant);
      found.rows.push(...rows);
      found.kept += kept;
    }
    await client.query('COMMIT');
    return found;
  }

  return { read: () => ask(owner, all) };
}
