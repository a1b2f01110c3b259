import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { KeepRequest, KeyRequest, RefRequest, Reply, SealedRow } from './wire.ts';

/** Pseudonyms, texts, keys of subjects, and the reading of sealed values and tenants. */
export class SideTables {
  readonly #newRef: StatementSync;
  readonly #ref: StatementSync;
  readonly #name: StatementSync;
  readonly #sealed: StatementSync;
  readonly #tenants: StatementSync;
  readonly #newText: StatementSync;
  readonly #text: StatementSync;
  readonly #newKey: StatementSync;
  readonly #key: StatementSync;
  readonly #kept: StatementSync;
  readonly #erasing: readonly StatementSync[];

  constructor(db: DatabaseSync) {
    this.#newRef = db.prepare('INSERT INTO pseudonyms VALUES (?, ?, ?, ?) ON CONFLICT (tenant, kind, name) DO NOTHING');
    this.#ref = db.prepare('SELECT ref AS text FROM pseudonyms WHERE tenant = ? AND kind = ? AND name = ?');
    this.#name = db.prepare('SELECT name AS text FROM pseudonyms WHERE tenant = ? AND ref = ?');
    this.#tenants = db.prepare(
      'SELECT name, (SELECT max(sequence) FROM events WHERE tenant = key) AS text FROM tenants ORDER BY name',
    );
    this.#newText = db.prepare('INSERT INTO texts VALUES (?, ?) ON CONFLICT DO NOTHING');
    this.#text = db.prepare('SELECT text FROM texts WHERE digest = ?');
    this.#sealed = db.prepare(
      `SELECT field, salt, value, s.subject, s.key, k.wrapped FROM sealed AS s JOIN tenants AS t ON t.key = s.tenant
        LEFT JOIN subject_keys AS k ON k.tenant = t.name AND k.subject = s.subject
        WHERE t.name = ? AND event = ? ORDER BY field`,
    );
    this.#sealed.setReturnArrays(true);
    this.#newKey = db.prepare('INSERT INTO subject_keys VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
    this.#key = db.prepare('SELECT wrapped AS text FROM subject_keys WHERE tenant = ? AND subject = ?');
    const keys = 'FROM subject_keys WHERE tenant = ?1 AND subject = ?2';
    // The planner would rather read all values of the tenant.
    const unnamed = `FROM sealed INDEXED BY sealed_by_subject
      WHERE tenant = (SELECT key FROM tenants WHERE name = ?1) AND subject = ?2 AND key IS NULL`;
    this.#kept = db.prepare(`SELECT subject AS text ${keys} UNION SELECT subject ${unnamed}`);
    this.#erasing = [
      db.prepare(`DELETE ${keys}`),
      db.prepare(`DELETE ${unnamed}`),
      db.prepare('DELETE FROM pseudonyms WHERE tenant = ? AND ref = ?'),
    ];
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
    const rows: readonly unknown[] = this.#sealed.all(tenant, event);
    return ['sealed', rows.filter(isSealedRow)];
  }

  /** The wrapped key that a subject has; the offered one if it had none. */
  key([, tenant, subject, offered]: KeyRequest): Reply {
    const { changes } = this.#newKey.run(tenant, subject, offered);
    return ['text', changes === 0 ? text(this.#key.get(tenant, subject)) : offered];
  }

  /** The pseudonym of a name, where it has one. */
  found(tenant: string, kind: string, name: string): Reply {
    return ['text', text(this.#ref.get(tenant, kind, name))];
  }

  /** The subject, where it has a key or values of an earlier release. */
  kept(tenant: string, subject: string): Reply {
    return ['text', text(this.#kept.get(tenant, subject))];
  }

  /** Deletes the key of a subject, what names no key, and the name: whatever else was sealed for it never opens again. */
  erase(tenant: string, subject: string): void {
    for (const statement of this.#erasing) statement.run(tenant, subject);
  }

  keep([, digest, value]: KeepRequest): Reply {
    this.#newText.run(digest, value);
    return ['text', digest];
  }

  find(digest: string): Reply {
    return ['text', text(this.#text.get(digest))];
  }

  /** All tenants, each with the sequence of its last event. */
  tenants(): Reply {
    return ['pairs', this.#tenants.all().map((row) => [String(row['name']), text(row) ?? ''] as const)];
  }
}

function text(row: Record<string, unknown> | undefined): string | null {
  return row ? String(row['text']) : null;
}

/** The table is STRICT, so a row of six is of the types that its columns have. */
function isSealedRow(row: unknown): row is SealedRow {
  return Array.isArray(row) && row.length === 6;
}
