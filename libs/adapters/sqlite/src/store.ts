import { hash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConnectionTable } from './connection-table.ts';
import { columns, EventTable } from './event-table.ts';
import { FileWatch } from './file-watch.ts';
import { makeFile } from './make-directory.ts';
import { BUSY_MS, configure, SCHEMA_VERSION, schemaOf, takeSteps } from './schema.ts';
import { SideTables } from './side-tables.ts';
import type {
  ConnectionsRequest,
  CommitRequest,
  Opening,
  Reply,
  Request,
  WorkerOptions,
  WriteRequest,
} from './wire.ts';

/** Events of each tenant that are counted at opening. */
const CHECKED_EVENTS = 1_000;

/** The database of one journal, in the thread that owns it. */
export class Store {
  readonly #db: DatabaseSync;
  readonly #events: EventTable;
  readonly #side: SideTables;
  readonly #connections: ConnectionTable;
  readonly #files: FileWatch;
  /** Whether the write-ahead log may still hold what was erased. */
  #erased = false;

  constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#events = new EventTable(db);
    this.#side = new SideTables(db);
    this.#connections = new ConnectionTable(db);
    this.#files = new FileWatch([path, `${path}-wal`]);
  }

  /** Answers requests in their order. All writes share one transaction, and with it one sync; reads see them. */
  answer(requests: readonly Request[]): Reply[] {
    const writes = requests.filter(isWrite);
    const written = writes.length > 0 ? this.#writeAll(writes).values() : [].values();
    if (this.#erased) this.#truncate();
    return requests.map((request) =>
      isWrite(request) ? (written.next().value ?? failed('no answer')) : this.#tryRead(request),
    );
  }

  close(): void {
    this.#db.close();
  }

  /** A write that the database refuses (full disk, broken rule) takes its transaction along: the others go again alone. */
  #writeAll(writes: readonly WriteRequest[]): readonly Reply[] {
    const gone = this.#files.lost();
    if (gone) return writes.map(() => failed(`${gone} was removed or replaced`));
    try {
      return this.#transaction(writes);
    } catch (error) {
      this.#rollback();
      if (writes.length === 1) return [failed(messageOf(error))];
      return writes.flatMap((write) => this.#writeAll([write]));
    }
  }

  #transaction(writes: readonly WriteRequest[]): readonly Reply[] {
    this.#db.exec('BEGIN IMMEDIATE');
    const replies = writes.map((write) => this.#write(write));
    this.#db.exec('COMMIT');
    const gone = this.#files.lost();
    return gone ? writes.map(() => failed(`${gone} was removed or replaced`)) : replies;
  }

  #write(write: WriteRequest): Reply {
    switch (write[0]) {
      case 'commit':
        return this.#commit(write);
      case 'key':
        return this.#side.key(write);
      case 'ref':
        return this.#side.ref(write);
      case 'keep':
        return this.#side.keep(write);
      case 'replace':
        return this.#connections.replace(write);
    }
  }

  #commit(commit: CommitRequest): Reply {
    const [, tenant, , , , erases] = commit;
    const reply = this.#events.commit(commit);
    if (typeof reply !== 'number' || erases.length === 0) return reply;
    for (const subject of erases) this.#side.erase(tenant, subject);
    this.#erased = true;
    return reply;
  }

  /**
   * Takes what was erased out of the write-ahead log as well, whose old pages stay in its file otherwise. Where another
   * connection reads just now, the next requests try again.
   */
  #truncate(): void {
    this.#db.exec('PRAGMA busy_timeout = 0');
    this.#erased = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] !== 0;
    this.#db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
  }

  #rollback(): void {
    this.#events.forget();
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
  }

  #tryRead(request: Exclude<Request, WriteRequest>): Reply {
    try {
      return request[0] === 'connections' ? this.#connections.read(request) : this.#read(request);
    } catch (error) {
      return failed(messageOf(error));
    }
  }

  #read(request: Exclude<Request, WriteRequest | ConnectionsRequest>): Reply {
    switch (request[0]) {
      case 'stream':
        return ['events', this.#events.stream(request[1], request[2])];
      case 'all':
        return [
          'events',
          this.#events.after(request[1], { sequence: request[2], limit: request[3], kind: request[4] }),
        ];
      case 'vault':
        return this.#side.sealed(request[1], request[2]);
      case 'name':
        return this.#side.name(request[1], request[2]);
      case 'find':
        return this.#side.find(request[1]);
      case 'found':
        return this.#side.found(request[1], request[2], request[3]);
      case 'kept':
        return this.#side.kept(request[1], request[2]);
      case 'tenants':
        return this.#side.tenants();
      case 'close':
        this.close();
        return ['closed'];
    }
  }
}

/** Opens the database in a directory that exists and is locked, recovers it, and looks whether it is whole. */
export function openStore({ directory, maxBytes }: WorkerOptions): Store | Exclude<Opening, { status: 'open' }> {
  const path = join(directory, 'journal.db');
  makeFile(path); // the log beside it takes the same mode
  const db = new DatabaseSync(path);
  const found = schemaOf(db);
  if (found > SCHEMA_VERSION) {
    db.close();
    return { status: 'too_new', found, known: SCHEMA_VERSION };
  }
  configure(db, { maxBytes });
  takeSteps(db, found);
  const detail = damageOf(db);
  if (detail === undefined) return new Store(db, path);
  db.close();
  return { status: 'damaged', detail };
}

/** Looks at the end of each tenant's log: numbers without a gap, and bytes that have the hash beside them. */
function damageOf(db: DatabaseSync): string | undefined {
  const tenants = db.prepare(
    'SELECT key, name, (SELECT max(sequence) FROM events WHERE tenant = key) AS last FROM tenants',
  );
  const tail = db.prepare('SELECT count(*) FROM events WHERE tenant = ? AND sequence > ?');
  const end = db.prepare('SELECT bytes, leaf FROM events WHERE tenant = ? AND sequence = ?');
  for (const statement of [tail, end]) statement.setReturnArrays(true);
  for (const { key, name, last } of tenants.all()) {
    const top = Number(last ?? 0);
    const from = Math.max(top - CHECKED_EVENTS, 0);
    if (columns(tail.get(Number(key), from))?.[0] !== top - from)
      return `a gap in the sequence of tenant ${String(name)}`;
    const [bytes, leaf] = columns(end.get(Number(key), top)) ?? [];
    if (top > 0 && !isLeafOf(bytes, leaf)) return `event ${top} of tenant ${String(name)} is not what its hash says`;
  }
  return undefined;
}

function isLeafOf(bytes: unknown, leaf: unknown): boolean {
  if (!(bytes instanceof Uint8Array) || !(leaf instanceof Uint8Array)) return false;
  return hash('sha256', Buffer.concat([Buffer.of(0), bytes]), 'buffer').equals(leaf);
}

function isWrite(request: Request): request is WriteRequest {
  return ['commit', 'ref', 'keep', 'key', 'replace'].includes(request[0]);
}

function failed(message: string): Reply {
  return ['failed', message];
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
