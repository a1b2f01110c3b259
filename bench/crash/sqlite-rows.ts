import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sealedOpener } from './open-sealed.ts';
import { rowOf, type Rows } from './rows.ts';

const query = `
  SELECT e.position, t.name AS tenant, e.sequence, e.stream, e.version, e.type, e.bytes, e.leaf, e.id, s.value AS sealed,
    s.subject, k.wrapped
  FROM events e JOIN tenants t ON t.key = e.tenant
  LEFT JOIN sealed s ON s.tenant = e.tenant AND s.event = e.id AND s.field = 'arguments'
  LEFT JOIN subject_keys k ON k.tenant = t.name AND k.subject = s.subject
  WHERE e.position > ? ORDER BY e.position`;

/** @param data the data directory; an instance may have its journal open meanwhile */
export function sqliteRows(data: string): Rows {
  const file = join(data, 'journal.db');
  const open = sealedOpener(join(data, 'keys', 'sealing.key'));
  let position = 0;
  return {
    async read() {
      const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
      try {
        const kept = db.prepare('SELECT count(*) AS count FROM events WHERE position <= ?').get(position)?.['count'];
        const found = db.prepare(query).all(position);
        position = Number(found.at(-1)?.['position'] ?? position);
        return { rows: found.map((row) => rowOf(row, open)), kept: Number(kept) };
      } finally {
        db.close();
      }
    },
  };
}
