import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ConnectionsRequest, ReplaceRequest, Reply } from './wire.ts';

/** What is kept of users' sign-ins: a sealed text for a name. */
export class ConnectionTable {
  readonly #read: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;

  constructor(db: DatabaseSync) {
    const read = 'SELECT name, sealed FROM connections WHERE tenant = ? AND name = coalesce(?, name) ORDER BY name';
    this.#read = db.prepare(read);
    this.#insert = db.prepare('INSERT INTO connections VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    this.#update = db.prepare('UPDATE connections SET sealed = ? WHERE tenant = ? AND name = ? AND sealed = ?');
    this.#delete = db.prepare('DELETE FROM connections WHERE tenant = ? AND name = ? AND sealed = ?');
  }

  read([, tenant, name]: ConnectionsRequest): Reply {
    const rows = this.#read.all(tenant, name);
    return ['pairs', rows.map((row) => [String(row['name']), String(row['sealed'])] as const)];
  }

  replace(request: ReplaceRequest): Reply {
    return ['replaced', Number(this.#change(request).changes) > 0];
  }

  #change([, tenant, name, expected, sealed]: ReplaceRequest): ReturnType<StatementSync['run']> {
    if (expected === null) return this.#insert.run(tenant, name, sealed);
    if (sealed === null) return this.#delete.run(tenant, name, expected);
    return this.#update.run(sealed, tenant, name, expected);
  }
}
