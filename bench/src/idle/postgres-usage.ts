import { Client, type ClientConfig } from 'pg';

/** Transactions that a database has committed, as far as its connections have told. */
export async function committed(owner: ClientConfig): Promise<number> {
  const client = new Client(owner);
  await client.connect();
  try {
    const text = 'SELECT xact_commit AS count FROM pg_stat_database WHERE datname = current_database()';
    return Number((await client.query<{ count: string }>(text)).rows[0]?.count);
  } finally {
    await client.end();
  }
}

/** A connection that looks how far the logs and their feed are. */
export async function openPosition(owner: ClientConfig) {
  const client = new Client(owner);
  await client.connect();
  return {
    async read() {
      const text = `SELECT (SELECT coalesce(sum(size), 0) FROM sallyport.logs) AS written,
        (SELECT coalesce(sum(sequence), 0) FROM sallyport.relay_marks) AS relayed`;
      const [row] = (await client.query<{ written: string; relayed: string }>(text)).rows;
      return { written: Number(row?.written), relayed: Number(row?.relayed) };
    },
    close: () => client.end(),
  };
}
