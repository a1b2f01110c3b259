import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PolicyFile } from '@sallyport/policy';

/**
 * Reads every `.cedar` file of a directory, in the order of their names.
 *
 * @throws when the directory can't be read
 */
export async function readPolicyFiles(directory: string): Promise<readonly PolicyFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.cedar')).sort();
  return Promise.all(
    names.map(async (name) => ({ path: join(directory, name), text: await readFile(join(directory, name), 'utf8') })),
  );
}
