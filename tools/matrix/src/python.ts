import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const lists = fileURLToPath(new URL('../python/', import.meta.url));
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sallyport-matrix');

/** Sets of Python packages that can be installed together: `python/<name>.txt` pins each. */
export type Environment = 'servers' | 'sqlite' | 'fastmcp';

/** Whether Python can make virtual environments here. */
export async function hasPython(): Promise<boolean> {
  return run('python3', ['-c', 'import venv, ensurepip']).then(
    () => true,
    () => false,
  );
}

/**
 * The `bin` folder of an environment with exactly the pinned packages. It is made once for each list and kept in the
 * user's cache.
 */
export async function pythonEnvironment(name: Environment): Promise<string> {
  const list = join(lists, `${name}.txt`);
  const digest = createHash('sha256')
    .update(await readFile(list))
    .digest('hex');
  const folder = join(cache, `${name}-${digest.slice(0, 16)}`);
  const bin = join(folder, 'bin');
  const ready = join(folder, 'ready');
  if (await exists(ready)) return bin;
  await rm(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', list];
  await run(join(bin, 'python'), pip, { timeout: 240_000 });
  await writeFile(ready, '');
  return bin;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
