import { DatabaseSync } from 'node:sqlite';
import { configure } from './schema.ts';

it('what is deleted is overwritten, and not only forgotten', () => {
  const db = new DatabaseSync(':memory:');
  configure(db, { maxBytes: null });
  expect(db.prepare('PRAGMA secure_delete').get()).toEqual({ secure_delete: 1 });
  db.close();
});
