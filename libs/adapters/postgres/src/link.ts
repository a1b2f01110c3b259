import { Client, DatabaseError, type QueryConfig } from 'pg';
import { clientConfig, type PostgresConnection } from './connection.ts';
import { checkDurable } from './preflight.ts';

/** What an error says about the statement that met it. */
export type Failure =
  /** Nothing was written; the logs are not as was believed. */
  | 'stale'
  /** Whether it was written is not known, and the connection is of no more use. */
  | 'lost'
  /** Nothing was written, and the same statement would meet it again. */
  | 'refused';

const STALE = new Set(['SP001', 'SP002', 'SP003', '23505', '40001', '40P01']);
/** A server that shuts down, starts up, has become a standby, has no room for us, or gave us up. */
const LOST = /^(08...|25006|25P03|53300|57014|57P..)$/;

export function failureOf(error: unknown): Failure {
  if (!(error instanceof DatabaseError)) return 'lost';
  if (STALE.has(error.code ?? '')) return 'stale';
  return LOST.test(error.code ?? '') ? 'lost' : 'refused';
}

/** One connection of the sequencer. */
export class Link {
  readonly #client: Client;
  #alive = true;

  private constructor(client: Client) {
    this.#client = client;
    client.on('error', () => (this.#alive = false));
    client.on('end', () => (this.#alive = false));
  }

  /**
   * Connects, in a second at most, to a server whose commits are durable.
   *
   * @throws PostgresUnsafe, or the driver's error
   */
  static async open(connection: PostgresConnection, statementMs: number): Promise<Link> {
    const config = clientConfig(connection, { program: 'sallyport-audit', statementMs });
    const client = new Client({ ...config, query_timeout: config.connectionTimeoutMillis });
    const link = new Link(client);
    try {
      await client.connect();
      await checkDurable(client);
      return link;
    } catch (error) {
      link.drop();
      throw error;
    }
  }

  get alive(): boolean {
    return this.#alive;
  }

  /**
   * Runs a statement; its rows come as lists. One that takes longer than `ms` is lost, and the connection with it.
   *
   * @throws what `failureOf` understands
   */
  async ask(query: QueryConfig, ms: number): Promise<readonly (readonly (string | number | null)[])[]> {
    try {
      const timed = { ...query, rowMode: 'array' as const, query_timeout: Math.max(1, Math.ceil(ms)) };
      return (await this.#client.query<(string | number | null)[]>(timed)).rows;
    } catch (error) {
      if (failureOf(error) === 'lost') this.drop();
      throw error;
    }
  }

  /** Cuts it, without a word to the server. */
  drop(): void {
    this.#alive = false;
    this.#client.connection.stream.destroy();
  }

  async close(): Promise<void> {
    this.#alive = false;
    await this.#client.end().catch(() => undefined);
  }
}
