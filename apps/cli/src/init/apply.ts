import { rm, stat, writeFile } from 'node:fs/promises';
import { commandText, shellWord } from '@sallyport/service/command';
import { Failure } from '../failure.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import { withEntry, withoutEntry } from './client-file.ts';
import { exists, textOf } from './written-files.ts';

export interface Applied {
  readonly file: string;
  /** The file's text as it was read. */
  readonly text: string;
  readonly edit: Parameters<typeof withEntry>[1];
}

/** Where a client’s file is kept as it was before `--apply`. */
export const backupOf = (file: string): string => `${file}.before-sallyport`;

/** @throws Failure where a backup is there, since it holds the entries as they were first */
export async function requireNoBackup(file: string): Promise<void> {
  if (!(await exists(backupOf(file)))) return;
  throw new Failure('refused', `${backupOf(file)} is there already: the entry was written before.`, {
    hint: `Take it back first: ${commandText(`init ${shellWord(file)} --undo`)}`,
  });
}

/** Writes our entry into a client's file, whose mode is the client's affair; the backup holds credentials, so only its owner may read it. */
export async function applyEntry({ file, text, edit }: Applied, output: Output): Promise<void> {
  const backup = backupOf(file);
  await writeFile(backup, text, { mode: 0o600, flag: 'wx' });
  await writeFile(file, withEntry(text, edit));
  output.note(`wrote ${printable(file)}; as it was: ${printable(backup)}`);
  if (process.platform !== 'win32' && ((await stat(file)).mode & 0o077) !== 0)
    output.note(
      `other users of this machine may read ${printable(file)}, and the token in it; if they shouldn’t: chmod 600`,
    );
}

/** Puts a client's servers back; what else changed in its file since then stays. */
export async function undoEntry(file: string, output: Output): Promise<void> {
  const backup = backupOf(file);
  if (!(await exists(backup))) {
    throw new Failure('refused', `There is no ${backup}, so there is nothing to undo.`, {
      hint: 'Only what --apply wrote can be taken back.',
    });
  }
  const text = withoutEntry(await textOf(file), await textOf(backup));
  if (text === null)
    throw new Failure('refused', `${file} or ${backup} is not JSON any more, so nothing was put back.`, {
      hint: 'Mend it, and try again; the backup has the servers as they were.',
    });
  await writeFile(file, text);
  await rm(backup);
  output.note(`${printable(file)} has its servers again, unguarded`);
}
