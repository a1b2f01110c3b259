import type { ConnectionStore, EventType, Journal, StoredEvent, TenantList, Texts } from '@sallyport/contracts';
import { sha256 } from '@sallyport/base';
import type { Queries } from './queries.ts';

/** What of a journal only reads. */
export type JournalReads = Pick<Journal, 'readStream' | 'readAll'>;

export function journalReads(queries: Queries): JournalReads {
  return {
    async readStream(tenant, stream) {
      const text = 'SELECT * FROM sallyport.read_stream($1, $2)';
      return (await queries.rows('read_stream', text, [tenant, stream])).map((row) => stored(tenant, row));
    },
    async readAll(tenant, { after, limit, kind = null }) {
      const text = 'SELECT * FROM sallyport.read_all($1, $2, $3, $4)';
      return (await queries.rows('read_all', text, [tenant, after, limit, kind])).map((row) => stored(tenant, row));
    },
  };
}

/** Where a commit's events are. */
export interface Written {
  readonly tenant: string;
  readonly first: number;
  readonly count: number;
}

/** Reads what some commits wrote, all in one question; the answers are in the order of the commits. */
export async function readWritten(queries: Queries, of: readonly Written[]): Promise<readonly StoredEvent[][]> {
  const found = of.map((): StoredEvent[] => []);
  const values = [of.map(({ tenant }) => tenant), of.map(({ first }) => first), of.map(({ count }) => count)];
  for (const row of await queries.rows('written', 'SELECT * FROM sallyport.read_commands($1, $2, $3)', values)) {
    const at = Number(row[7]) - 1;
    found[at]?.push(stored(of[at]?.tenant ?? '', row));
  }
  return found;
}

export function textStoreOf(queries: Queries): Texts {
  return {
    async keep(text) {
      const digest = sha256(text);
      await queries.rows('keep_text', 'SELECT sallyport.keep_text($1, $2)', [digest, text]);
      return digest;
    },
    find: (digest) => queries.text('find_text', 'SELECT text FROM sallyport.texts WHERE digest = $1', [digest]),
  };
}

export function connectionsOf(queries: Queries): ConnectionStore {
  const read = (tenant: string, name: string | null) =>
    queries.rows('connections_of', 'SELECT * FROM sallyport.connections_of($1, $2)', [tenant, name]);
  return {
    async find(tenant, name) {
      const [row] = await read(tenant, name);
      return row === undefined ? null : String(row[1]);
    },
    async replace(tenant, name, expected, sealed) {
      const text = 'SELECT sallyport.replace_connection($1, $2, $3, $4)';
      return (await queries.text('replace_connection', text, [tenant, name, expected, sealed])) === 'true';
    },
    list: async (tenant) => (await read(tenant, null)).map(([name, sealed]) => [String(name), String(sealed)] as const),
  };
}

export function tenantsOf(queries: Queries): TenantList {
  return {
    async tenants() {
      const rows = await queries.rows('tenants', 'SELECT tenant FROM sallyport.tenants ORDER BY tenant', []);
      return rows.map(([tenant]) => String(tenant));
    },
    async sizes(since) {
      const [first, ...logs] = await queries.rows('sizes', 'SELECT * FROM sallyport.sizes($1)', [since]);
      return {
        sizes: new Map(logs.map(([tenant, size]) => [String(tenant), Number(size)])),
        until: String(first?.[2]),
      };
    },
  };
}

function stored(tenant: string, [sequence, stream, version, id, type, bytes, leaf]: readonly unknown[]): StoredEvent {
  return {
    sequence: Number(sequence),
    tenant,
    stream: String(stream),
    version: Number(version),
    id: String(id),
    type: String(type) as EventType,
    bytes: bytesOf(bytes),
    leaf: bytesOf(leaf),
  };
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError('The database gave something else than bytes.');
}
