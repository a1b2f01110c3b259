import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The operator's token file within the data directory. */
const OPERATOR_TOKEN_FILE = 'admin.token';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * The token that lets the CLI on this machine act as the local operator: anyone who may read the data directory may
 * use it. It is kept over restarts; a file that others could read, or that is not a token, is replaced.
 *
 * @param dataDirectory made if it is not there
 * @returns 43 characters, base64url
 */
export async function operatorToken(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, OPERATOR_TOKEN_FILE);
  const kept = await readKept(path);
  if (kept !== null) return kept;
  const token = randomBytes(32).toString('base64url');
  await mkdir(dataDirectory, { recursive: true });
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, `${token}\n`, { mode: 0o600, flag: 'w' });
  await chmod(fresh, 0o600);
  await rename(fresh, path);
  return token;
}

async function readKept(path: string): Promise<string | null> {
  try {
    const { mode } = await stat(path);
    // Windows has no such modes; there the directory's own permissions count.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) return null;
    const text = (await readFile(path, 'utf8')).trim();
    return TOKEN.test(text) ? text : null;
  } catch {
    return null;
  }
}

/** Whether an `Authorization` header carries this token, compared in constant time. */
export function carriesToken(authorization: string | undefined, token: string): boolean {
  const given = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digestOf(given), digestOf(token));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
