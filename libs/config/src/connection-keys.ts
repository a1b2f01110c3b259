import type { LoadedConfig } from './load-config.ts';
import { SecretMissing, valueOf } from './secret-source.ts';

/** A key that seals what is kept of users' sign-ins. */
export interface ConnectionKey {
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/**
 * The keys that the operator names for what is kept of users' sign-ins, the one that seals first.
 *
 * @throws SecretMissing naming what can't be had, or is no key
 */
export function connectionKeys({
  config,
  directory,
}: Pick<LoadedConfig, 'config' | 'directory'>): readonly ConnectionKey[] {
  return config.connections.keys.map(({ id, key }) => {
    const text = valueOf(`keys, ${id}`, key, directory);
    if (!/^[A-Za-z0-9_-]{43}$/.test(text)) throw new SecretMissing(`keys, ${id}: must be 32 bytes in base64url`);
    return { id, key: Buffer.from(text, 'base64url') };
  });
}
