import { DatabaseSync } from 'node:sqlite';
import { rowOf, type Rows } from './rows.ts';

const query = `
  SELECT e.position, t.name AS tenant, e.sequence, e.stream, e.version, e.type, e.bytes, e.leaf, s.value AS sealed
  FROM events e JOIN tenants t ON t.key = e.tenant
  LEFT JOIN sealed s ON s.tenant = e.tenant AND s.event = e.id AND s.field = 'arguments'
  WHERE e.position > ? ORDER BY e.position`;

/** @param file `journal.db`; an instance may have it open meanwhile */
export function sqliteRows(file: string): Rows {
  let position = 0;
  return {
    async read() {
      const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
      try {
        const kept = db.prepare('SELECT count(*) AS count FROM events WHERE position <= ?').get(position)?.['count'];
        const found = db.prepare(query).all(position);
        position = Number(found.at(-1)?.['position'] ?? position);
        return { rows: found.map(rowOf), kept: Number(kept) };
      } finally {
        db.close();
      }
    },
  };
}
