import { thrownText } from '@sallyport/base';
import { JournalUnavailable } from '@sallyport/contracts';
import { Client, type ClientConfig, Pool } from 'pg';
import { failureOf } from './link.ts';

const PING_MS = 1_000;

type Row = readonly unknown[];

/** Short questions over a few connections that are opened as they are needed. */
export class Queries {
  readonly #pool: Pool;

  /**
   * @param limits.connections most at once
   * @param limits.deadlineMs for a free connection, and for an answer
   */
  constructor(config: ClientConfig, limits: { readonly connections: number; readonly deadlineMs: number }) {
    // The pool has one limit for connecting and for waiting until another is done: the first must be shorter.
    class ClientOfPool extends Client {
      constructor() {
        super({ ...config, query_timeout: limits.deadlineMs });
        // The pool listens while it is idle. One that breaks in our hands, before its query or after, fails that or is not kept.
        this.on('error', () => undefined);
      }
    }
    this.#pool = new Pool({
      Client: ClientOfPool,
      max: limits.connections,
      connectionTimeoutMillis: limits.deadlineMs,
      idleTimeoutMillis: 30_000,
    });
    this.#pool.on('error', () => undefined); // one that was idle is gone: the pool has taken it out
  }

  /**
   * The rows of a statement that may run twice. A connection that went stale while idle is tried once more on another.
   *
   * @param name prepared under this name
   * @throws JournalUnavailable
   */
  async rows(name: string, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return await this.#ask(name, text, values);
    } catch (error) {
      if (failureOf(error) !== 'lost' || isTimeout(error)) throw unavailable(error);
    }
    try {
      return await this.#ask(name, text, values);
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** The first column of the first row, null where there is none. */
  async text(name: string, text: string, values: readonly unknown[]): Promise<string | null> {
    const value = (await this.rows(name, text, values))[0]?.[0] ?? null;
    return value === null ? null : String(value);
  }

  /** Whether the database answers, now and within a second. Never throws. */
  async answers(): Promise<boolean> {
    return this.#ask('ping', 'SELECT 1', [], PING_MS).then(
      () => true,
      () => false,
    );
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  /** @param ms instead of the pool's own limit */
  async #ask(name: string, text: string, values: readonly unknown[], ms?: number): Promise<readonly Row[]> {
    const client = await this.#pool.connect();
    let broken = false;
    try {
      const query = { name, text, values: [...values], rowMode: 'array' as const, query_timeout: ms };
      return (await client.query<unknown[]>(query)).rows;
    } catch (error) {
      broken = failureOf(error) === 'lost';
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

/** The driver has no code for it; a second try would only take as long again. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && /timeout/i.test(error.message);
}

function unavailable(cause: unknown): JournalUnavailable {
  const why = thrownText(cause);
  return new JournalUnavailable(`PostgreSQL did not answer: ${why}`, { cause });
}
