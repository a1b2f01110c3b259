import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The workspace's folder. */
export const root = resolve(import.meta.dirname, '../../..');

/** Paths of all files that git knows or would add, relative to the root. */
export function files(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '');
}

/** TypeScript and JavaScript sources, tests and all. */
export function sources(): readonly string[] {
  return files().filter((path) => /\.(ts|mts|mjs|js)$/.test(path));
}

/** The text of a file of the tree. */
export function read(path: string): string {
  return readFileSync(resolve(root, path), 'utf8');
}
