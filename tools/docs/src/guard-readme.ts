import { existsSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { read, root } from './tree.ts';

/** What a guard's README says of one of its reasons. */
export interface ReasonRow {
  readonly reason: string;
  readonly when: string;
  readonly helps: string;
}

/** The folder of the pages that READMEs are taken into. */
const reference = 'docs/reference';

/** The README of a guard or sanitizer, its links as a page of the reference has them; empty where there is none. */
export function readmeOf(lib: 'guards' | 'sanitizers', id: string): string {
  const folder = `libs/${lib}/src/${id}`;
  const path = `${folder}/README.md`;
  if (!existsSync(resolve(root, path))) return '';
  return read(path).replaceAll(/\]\((\.[^)]*)\)/g, (_, target: string) => {
    return `](${posix.relative(reference, posix.join(folder, target))})`;
  });
}

/** The rows of the table of reasons in a guard's README. */
export function reasonRows(id: string): readonly ReasonRow[] {
  const [, rows = ''] = /^\| reason .*\n\|[ -|]*\n((?:\|.*\n?)*)/m.exec(readmeOf('guards', id)) ?? [];
  return [...rows.matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(([, reason = '', when = '', helps = '']) => ({
    reason,
    when,
    helps,
  }));
}
