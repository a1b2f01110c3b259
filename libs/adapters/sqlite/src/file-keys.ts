import { createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BoundedMap } from '@sallyport/base';
import type { Keys, KeyWrap } from '@sallyport/contracts';
import { ringKeyWrap } from '@sallyport/journal';
import { makeDirectory, syncDirectory } from './make-directory.ts';

const KEY_BYTES = 32;
const FILE_MODE = 0o600;
const OTHERS = 0o077;
/** Derived keys at hand; deriving one again costs microseconds. */
const MAX_CACHED = 4_096;

/** The master secret can't be used as it lies there. The message says what to do and never holds the secret. */
export class KeyFileRefused extends Error {
  readonly code = 'key_file_refused';
}

export interface FileKeysOptions {
  /** The data directory; the secret is `keys/master.key` in it. */
  readonly directory: string;
  readonly random?: (bytes: number) => Buffer;
}

/**
 * Keys from one 32-byte secret in a file, made on first use. Each tenant and purpose has its own key by HKDF-SHA-256
 * (RFC 5869), so that one that leaks opens nothing else.
 *
 * @throws KeyFileRefused if others may read the file, or it holds something else
 */
export async function openFileKeys({ directory, random = randomBytes }: FileKeysOptions): Promise<Keys> {
  const path = keyPath(directory, 'master.key');
  const [master] = readRing(path) ?? createKey(path, random(KEY_BYTES));
  return derivedKeys(master);
}

/**
 * Wraps the keys of subjects by the secrets in `keys/sealing.key` of the data directory, one a line, the newest first; the first
 * is made on first use.
 *
 * @throws KeyFileRefused if others may read the file, or it holds something else
 */
export function openFileKeyWrap({ directory, random = randomBytes }: FileKeysOptions): KeyWrap {
  const path = keyPath(directory, 'sealing.key');
  return ringKeyWrap(readRing(path) ?? createKey(path, random(KEY_BYTES)), path);
}

function keyPath(directory: string, name: string): string {
  const folder = join(directory, 'keys');
  makeDirectory(folder);
  return join(folder, name);
}

/** The keys of every tenant and purpose that one secret of 32 bytes stands for. */
export function derivedKeys(master: Uint8Array): Keys {
  const derive = (purpose: string, tenant: string): Buffer =>
    Buffer.from(hkdfSync('sha256', master, '', `sallyport/${purpose}/v1\0${tenant}`, KEY_BYTES));
  return {
    // A key object is set up once; with the bytes alone every HMAC would set one up.
    digestKey: remembered((tenant) => createSecretKey(derive('digest', tenant))),
    sealKey: remembered((tenant) => derive('seal', tenant)),
  };
}

function remembered<Key>(make: (tenant: string) => Key): (tenant: string) => Key {
  const known = new BoundedMap<string, Key>(MAX_CACHED);
  return function keyOf(tenant) {
    const kept = known.get(tenant);
    if (kept !== undefined) return kept;
    const key = make(tenant);
    known.set(tenant, key);
    return key;
  };
}

/** Secrets of a file; at least one. */
type Ring = readonly [Buffer, ...Buffer[]];

function readRing(path: string): Ring | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  if (process.platform !== 'win32' && (stat.mode & OTHERS) !== 0) {
    throw new KeyFileRefused(`${path} may be read by others. Run: chmod 600 ${path}`);
  }
  const lines = readFileSync(path, 'utf8').trim().split(/\s+/);
  const [first, ...more] = lines.map((line) => Buffer.from(line, 'base64url'));
  if (first && [first, ...more].every(({ length }) => length === KEY_BYTES)) return [first, ...more];
  throw new KeyFileRefused(`${path} does not hold a key of ${KEY_BYTES} bytes in base64url. Restore it from a backup.`);
}

/** Written whole under another name first; of two processes that do so at once, the first one's key stays. */
function createKey(path: string, key: Buffer): Ring {
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${key.toString('base64url')}\n`, { mode: FILE_MODE, flag: 'wx', flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    const winner = readRing(path);
    if (!winner) throw error;
    return winner;
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectory(dirname(path));
  return [key];
}
