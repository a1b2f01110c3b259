import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { clientConfig, type PostgresConnection } from './connection.ts';
import { PostgresSchemaMismatch, PostgresUnreachable, PostgresUnsafe } from './errors.ts';
import { checkDurable, checkRoleAndSchema } from './preflight.ts';

const TRIES = 5;
const PAUSE_MS = 500;
const CHECK_MS = 5_000;

/**
 * Resolves when the database answers and is fit to be used.
 *
 * @throws PostgresUnsafe and PostgresSchemaMismatch at once, PostgresUnreachable after five tries, half a second apart
 */
export async function opened(
  connection: PostgresConnection,
  { durable }: { readonly durable: boolean },
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await check(connection, durable);
    } catch (error) {
      if (error instanceof PostgresUnsafe || error instanceof PostgresSchemaMismatch) throw error;
      if (tries === TRIES) throw new PostgresUnreachable(`${connection.host}:${connection.port}`, tries, error);
      await pause(PAUSE_MS);
    }
  }
}

async function check(connection: PostgresConnection, durable: boolean): Promise<void> {
  const config = clientConfig(connection, { program: 'sallyport-check', statementMs: CHECK_MS });
  const client = new Client({ ...config, query_timeout: CHECK_MS });
  client.on('error', () => undefined); // the question that is under way throws it too
  try {
    await client.connect();
    await checkRoleAndSchema(client);
    if (durable) await checkDurable(client);
  } finally {
    client.connection.stream.destroy();
  }
}
