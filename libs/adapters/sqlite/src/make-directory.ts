import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** Makes a directory that only its owner may enter, and sees to it that it is still there after a power cut. */
export function makeDirectory(path: string): void {
  const made = mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
  if (made !== undefined) syncDirectory(dirname(resolve(path)));
}

/** Makes names that were added to a directory or taken from it durable. */
export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return; // directories can't be opened there
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Makes an empty file that only its owner may read. A file that is there is not touched, not even opened: closing any
 * handle of a file drops all locks that this process holds on it (POSIX), SQLite's among them.
 */
export function makeFile(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', FILE_MODE));
}
