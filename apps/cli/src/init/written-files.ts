import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { Failure } from '../failure.ts';

export interface NewFile {
  readonly path: string;
  readonly text: string;
  /** Only its owner may read it. */
  readonly secret: boolean;
}

/** What a client needs of a configuration: where it listens, and a token. */
export interface Started {
  readonly listen: string;
  readonly token: string;
}

/** @throws Failure where the file can't be read */
export async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw new Failure('usage', `${path} can't be read: ${error.message}`);
  });
}

/** A file that was written. */
export interface Written extends NewFile {
  /** Where its text of before is; null where there was none, or the same. */
  readonly backup: string | null;
}

/** Writes all or nothing: with one of the files there already, none is touched. What `force` overwrites is kept beside it. */
export async function writeAll(files: readonly NewFile[], folder: string, { force = false }): Promise<Written[]> {
  const there = [];
  for (const { path } of files) if (await exists(join(folder, path))) there.push(path);
  if (there.length > 0 && !force) {
    throw new Failure('refused', `${there.join(', ')} ${there.length === 1 ? 'is' : 'are'} there already.`, {
      hint: 'Nothing was written. Give --force to overwrite, after a backup of each.',
    });
  }
  const written: Written[] = [];
  for (const file of files) {
    const target = join(folder, file.path);
    const backup = there.includes(file.path) ? await backUp(target, file.text) : null;
    await write(target, file);
    written.push({ ...file, backup });
  }
  return written;
}

async function write(target: string, { text, secret }: NewFile): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text, { mode: secret ? 0o600 : 0o644 });
  if (secret) await chmod(target, 0o600);
}

/** Copies a file that is about to get another text, under a name that is free: `<file>.bak`, `<file>.bak-2`. */
async function backUp(file: string, text: string): Promise<string | null> {
  if ((await textOf(file)) === text) return null;
  let backup = `${file}.bak`;
  for (let attempt = 2; await exists(backup); attempt += 1) backup = `${file}.bak-${attempt}`;
  await copyFile(file, backup, constants.COPYFILE_EXCL);
  return backup;
}

/** What of an earlier `init` a client may rely on: it is kept when the files are written again. */
export async function earlier(folder: string): Promise<Partial<Started>> {
  const [config, users] = await Promise.all(
    ['sallyport.yaml', 'users.yaml'].map((name) => yamlOf(join(folder, name)).catch(() => null)),
  );
  const { data } = startedConfig.safeParse(config);
  const [user] = startedUsers.safeParse(users).data?.users ?? [];
  return { ...(data && { listen: data.listen }), ...user };
}

/**
 * The configuration that an earlier `init` wrote here, for a client whose servers it guards.
 *
 * @throws Failure where it lacks one of them, or has no user's token
 */
export async function startedWith(cwd: string, ids: readonly string[]): Promise<Started> {
  const config = startedConfig.safeParse(await yamlOf(join(cwd, 'sallyport.yaml')));
  const users = startedUsers.safeParse(await yamlOf(join(cwd, 'users.yaml')));
  const missing = ids.filter((id) => !Object.hasOwn(config.data?.upstreams ?? {}, id));
  const [user] = users.data?.users ?? [];
  if (config.success && missing.length === 0 && user !== undefined) return { ...config.data, ...user };
  const what = user === undefined ? 'users.yaml has no user' : `sallyport.yaml does not guard ${missing.join(', ')}`;
  throw new Failure('refused', `${what}, so the client’s file was left as it is.`, {
    hint: 'Add what is missing, or give --force to write all files again.',
  });
}

async function yamlOf(path: string): Promise<unknown> {
  const text = await textOf(path);
  try {
    return parse(text);
  } catch (error) {
    throw new Failure('usage', `${path} is not YAML: ${(error as Error).message}`);
  }
}

const startedConfig = z.object({
  listen: z.string().default('127.0.0.1:8787'),
  upstreams: z.record(z.string(), z.unknown()),
});
const startedUsers = z.object({ users: z.array(z.object({ token: z.string() })) });

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
