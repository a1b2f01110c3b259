import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { KeepRequest, RefRequest, Reply, SealedRow } from './wire.ts';

/** Pseudonyms, texts, and the reading of sealed values and tenants. */
export class SideTables {
  readonly #newRef: StatementSync;
  readonly #ref: StatementSync;
  readonly #name: StatementSync;
  readonly #sealed: StatementSync;
  readonly #tenants: StatementSync;
  readonly #newText: StatementSync;
  readonly #text: StatementSync;

  constructor(db: DatabaseSync) {
    this.#newRef = db.prepare('INSERT INTO pseudonyms VALUES (?, ?, ?, ?) ON CONFLICT (tenant, kind, name) DO NOTHING');
    this.#ref = db.prepare('SELECT ref AS text FROM pseudonyms WHERE tenant = ? AND kind = ? AND name = ?');
    this.#name = db.prepare('SELECT name AS text FROM pseudonyms WHERE tenant = ? AND ref = ?');
    this.#tenants = db.prepare('SELECT name AS text FROM tenants ORDER BY name');
    this.#newText = db.prepare('INSERT INTO texts VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#text = db.prepare('SELECT text FROM texts WHERE digest = ?');
    this.#sealed = db.prepare(
      `SELECT field, salt, value FROM sealed
        WHERE tenant = (SELECT key FROM tenants WHERE name = ?) AND event = ? ORDER BY field`,
    );
  }

  /** The pseudonym that a name has; the new one if it had none. */
  ref([, tenant, kind, name, created]: RefRequest): Reply {
    const { changes } = this.#newRef.run(tenant, kind, name, created);
    return ['text', changes === 0 ? text(this.#ref.get(tenant, kind, name)) : created];
  }

  name(tenant: string, ref: string): Reply {
    return ['text', text(this.#name.get(tenant, ref))];
  }

  sealed(tenant: string, event: string): Reply {
    const rows = this.#sealed.all(tenant, event);
    return [
      'sealed',
      rows.map(({ field, salt, value }): SealedRow => [event, String(field), String(salt), String(value)]),
    ];
  }

  keep([, digest, value]: KeepRequest): Reply {
    this.#newText.run(digest, value);
    return ['text', digest];
  }

  find(digest: string): Reply {
    return ['text', text(this.#text.get(digest))];
  }

  tenants(): Reply {
    return ['texts', this.#tenants.all().map((row) => text(row) ?? '')];
  }
}

function text(row: Record<string, unknown> | undefined): string | null {
  return row ? String(row['text']) : null;
}
