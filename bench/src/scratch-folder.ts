import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** Makes a folder that is gone when this process is, however it ends short of a kill. */
export function scratchFolder(name: string, parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, `sallyport-${name}-`));
  folders.push(folder);
  return folder;
}

/** A folder in memory; null where the system has none. */
export function memoryFolder(name: string): string | null {
  const shared = '/dev/shm';
  return statSync(shared, { throwIfNoEntry: false })?.isDirectory() === true ? scratchFolder(name, shared) : null;
}
