import type { ClientConfig } from 'pg';

/** Where a database is, and as whom. */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Speak TLS, and check the server's certificate. */
  readonly tls?: boolean;
}

/** A server that does not answer this soon counts as away. */
const CONNECT_MS = 1_000;

/**
 * What the driver needs to connect.
 *
 * @param options.program shows in `pg_stat_activity`
 * @param options.statementMs the server gives a statement up after this long, so that one whose client is gone ends too
 */
export function clientConfig(
  { host, port, database, user, password, tls = false }: PostgresConnection,
  { program, statementMs }: { readonly program: string; readonly statementMs: number },
): ClientConfig {
  return {
    host,
    port,
    database,
    user,
    password,
    ssl: tls ? { rejectUnauthorized: true } : false,
    application_name: program,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: statementMs,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}
