import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The pinned version of a package, from npm or PyPI. */
export async function versionOf(name: string): Promise<string> {
  const installed = await readFile(at(`../../../node_modules/${name}/package.json`), 'utf8').catch(() => null);
  if (installed !== null) return (JSON.parse(installed) as { version: string }).version;
  for (const list of ['servers', 'sqlite', 'fastmcp']) {
    const found = new RegExp(`^${name}==(.+)$`, 'm').exec(await readFile(at(`../python/${list}.txt`), 'utf8'));
    if (found?.[1] !== undefined) return found[1];
  }
  throw new Error(`${name} is neither installed nor in a list of python/`);
}
