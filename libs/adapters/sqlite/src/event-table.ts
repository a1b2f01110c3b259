import { hash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { BoundedMap } from '@sallyport/base';
import { sequenceText } from '@sallyport/journal';
import type { CommitRequest, Reply, StoredRow, WriteRow } from './wire.ts';

/** Streams whose version is known without asking; the oldest are forgotten. */
const MAX_VERSIONS = 20_000;
const ANY = -1;

interface Tenant {
  readonly key: number;
  next: number;
}

/** Which events to read: those after a sequence, of one kind of stream or of all. */
export interface Page {
  readonly sequence: number;
  readonly limit: number;
  readonly kind: string | null;
}

const COLUMNS = 'sequence, stream, version, id, type, bytes, leaf';

/** The events of all tenants. Its caller opens and ends transactions, and calls `forget` when one was rolled back. */
export class EventTable {
  readonly #db: DatabaseSync;
  readonly #tenants = new Map<string, Tenant>();
  readonly #versions = new BoundedMap<string, number>(MAX_VERSIONS);
  readonly #statements: Readonly<Record<'tenant' | 'newTenant' | 'last' | 'version' | 'newCommand', StatementSync>>;
  readonly #more: Readonly<
    Record<'command' | 'newEvent' | 'newSealed' | 'stream' | 'after' | 'afterOfKind', StatementSync>
  >;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = {
      tenant: this.#rows('SELECT key FROM tenants WHERE name = ?'),
      newTenant: this.#rows('INSERT INTO tenants (name) VALUES (?) RETURNING key'),
      last: this.#rows('SELECT max(sequence) FROM events WHERE tenant = ?'),
      version: this.#rows('SELECT max(version) FROM events WHERE tenant = ? AND stream = ?'),
      newCommand: this.#rows('INSERT INTO commands VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'),
    };
    this.#more = {
      command: this.#rows('SELECT first, count FROM commands WHERE tenant = ? AND id = ?'),
      newEvent: this.#rows(
        'INSERT INTO events (tenant, sequence, stream, version, id, type, bytes, leaf) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ),
      newSealed: this.#rows('INSERT INTO sealed VALUES (?, ?, ?, ?, ?, ?, ?)'),
      stream: this.#rows(`SELECT ${COLUMNS} FROM events WHERE tenant = ? AND stream = ? ORDER BY version`),
      after: this.#rows(`SELECT ${COLUMNS} FROM events WHERE tenant = ? AND sequence > ? ORDER BY sequence LIMIT ?`),
      afterOfKind: this.#rows(
        `SELECT ${COLUMNS} FROM events WHERE tenant = ? AND sequence > ? AND stream >= ? AND stream < ? ORDER BY sequence LIMIT ?`,
      ),
    };
  }

  /** Judges one commit and writes it if it may be. A refusal has written nothing. */
  commit([, name, commandId, writes, sealed]: CommitRequest): Reply {
    const known = this.#tenant(name);
    const conflict = this.#conflict(known, writes);
    if (conflict) return (known && this.#answered(known, commandId)) ?? conflict;
    const tenant = known ?? this.#newTenant(name);
    const first = tenant.next;
    const count = writes.reduce((sum, [, , events]) => sum + events.length, 0);
    const entered = this.#statements.newCommand.run(tenant.key, commandId, first, count);
    if (entered.changes === 0)
      return this.#answered(tenant, commandId) ?? ['failed', 'the command was there and is not'];
    for (const write of writes) this.#append(tenant, write);
    for (const value of sealed) this.#more.newSealed.run(tenant.key, ...value);
    return first;
  }

  stream(name: string, stream: string): readonly StoredRow[] {
    const tenant = this.#tenant(name);
    return tenant ? storedRows(this.#more.stream.all(tenant.key, stream)) : [];
  }

  after(name: string, { sequence, limit, kind }: Page): readonly StoredRow[] {
    const tenant = this.#tenant(name);
    if (!tenant) return [];
    if (kind === null) return storedRows(this.#more.after.all(tenant.key, sequence, limit));
    // A slash is followed by a nought: everything between the two begins with the kind and a slash.
    return storedRows(this.#more.afterOfKind.all(tenant.key, sequence, `${kind}/`, `${kind}0`, limit));
  }

  /** Forgets what it believed to be written. */
  forget(): void {
    this.#tenants.clear();
    this.#versions.clear();
  }

  #rows(sql: string): StatementSync {
    const statement = this.#db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  }

  #tenant(name: string): Tenant | undefined {
    const held = this.#tenants.get(name);
    if (held) return held;
    const key = firstNumber(this.#statements.tenant.get(name));
    return key === null ? undefined : this.#keep(name, key);
  }

  #newTenant(name: string): Tenant {
    return this.#keep(name, firstNumber(this.#statements.newTenant.get(name)) ?? 0);
  }

  #keep(name: string, key: number): Tenant {
    const tenant = { key, next: (firstNumber(this.#statements.last.get(key)) ?? 0) + 1 };
    this.#tenants.set(name, tenant);
    return tenant;
  }

  #version({ key }: Tenant, stream: string): number {
    return this.#versions.get(`${key}/${stream}`) ?? firstNumber(this.#statements.version.get(key, stream)) ?? 0;
  }

  /** In the order of the writes: a second write to a stream sees what the first adds. */
  #conflict(tenant: Tenant | undefined, writes: readonly WriteRow[]): Reply | undefined {
    const added = new Map<string, number>();
    for (const [stream, expected, events] of writes) {
      const before = writes.length > 1 ? (added.get(stream) ?? 0) : 0;
      if (expected !== ANY) {
        const version = tenant ? this.#version(tenant, stream) : 0;
        if (version + before !== expected) return ['conflict', stream, version];
      }
      if (writes.length > 1) added.set(stream, before + events.length);
    }
    return undefined;
  }

  #answered(tenant: Tenant, commandId: string): Reply | undefined {
    const row = columns(this.#more.command.get(tenant.key, commandId));
    if (!row) return undefined;
    return ['duplicate', storedRows(this.#more.after.all(tenant.key, Number(row[0]) - 1, Number(row[1])))];
  }

  #append(tenant: Tenant, [stream, , events]: WriteRow): void {
    let version = this.#version(tenant, stream);
    for (const [id, type, head, tail] of events) {
      const sequence = tenant.next++;
      // The leaf hash (RFC 6962) is over a zero byte and the event: written once, hashed whole, stored without the zero.
      const prefixed = Buffer.from(`\0${head}${sequenceText(sequence)}${tail}`);
      const leaf = hash('sha256', prefixed, 'buffer');
      this.#more.newEvent.run(tenant.key, sequence, stream, ++version, id, type, prefixed.subarray(1), leaf);
    }
    this.#versions.set(`${tenant.key}/${stream}`, version);
  }
}

/** `setReturnArrays` gives rows as arrays, which the types of `node:sqlite` do not say. */
export function columns(row: unknown): readonly unknown[] | undefined {
  return Array.isArray(row) ? row : undefined;
}

function firstNumber(row: unknown): number | null {
  const value = columns(row)?.[0];
  return typeof value === 'number' ? value : null;
}

function storedRows(rows: readonly unknown[]): readonly StoredRow[] {
  return rows.flatMap((row) => (isStored(row) ? [row] : []));
}

/** The table is STRICT, so a row of seven is of the types that its columns have. */
function isStored(row: unknown): row is StoredRow {
  return Array.isArray(row) && row.length === 7;
}
