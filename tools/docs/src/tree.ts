import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** The workspace's folder. */
export const root = resolve(import.meta.dirname, '../../..');

/** Files that git knows or would add and that match a pattern of git's, relative to the root. */
export function files(pattern: string): readonly string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', `:(glob)${pattern}`], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '' && existsSync(resolve(root, path)));
}

/** All pages of the tree. */
export function markdownFiles(): readonly string[] {
  return files('**/*.md');
}

/** The text of a file of the tree. */
export function read(path: string): string {
  return readFileSync(resolve(root, path), 'utf8');
}
