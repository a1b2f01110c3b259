import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The workspace's folder. */
export const root = resolve(import.meta.dirname, '../../..');

/** Markdown files that git knows or would add, relative to the root. */
export function markdownFiles(): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '' && existsSync(resolve(root, path)));
}

/** The text of a file of the tree. */
export function read(path: string): string {
  return readFileSync(resolve(root, path), 'utf8');
}
