import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFile } from './make-directory.ts';

export type Lock =
  { readonly status: 'held'; release(): void } | { readonly status: 'taken'; readonly pid: number | null };

/**
 * Makes this process the one writer of a directory. The lock is the kernel's on `journal.lock` (an open transaction of
 * a small database), so it ends with its process, however that ends; the holder's pid in it is only for the message.
 */
export function takeLock(directory: string): Lock {
  const path = join(directory, 'journal.lock');
  makeFile(path);
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = OFF; BEGIN IMMEDIATE');
    db.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL); DELETE FROM holder');
    db.prepare('INSERT INTO holder VALUES (?)').run(process.pid);
    db.exec('COMMIT; BEGIN IMMEDIATE');
  } catch (error) {
    const pid = isBusy(error) ? holderOf(db) : null;
    db.close();
    if (isBusy(error)) return { status: 'taken', pid };
    throw error;
  }
  return { status: 'held', release: () => db.close() };
}

function holderOf(db: DatabaseSync): number | null {
  try {
    return Number(db.prepare('SELECT pid FROM holder').get()?.['pid'] ?? 0) || null;
  } catch {
    return null; // it is being written this moment
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === SQLITE_BUSY;
}
