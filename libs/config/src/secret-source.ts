import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { environment } from './load-config.ts';

/** Thrown when a credential that the configuration names can't be had. */
export class SecretMissing extends Error {
  readonly code = 'secret_missing';
}

/** Where a credential is read. */
export type SecretSource = { readonly file: string } | { readonly env: string };

/** @throws SecretMissing naming what can't be had and where it was looked for, never a value */
export function valueOf(what: string, source: SecretSource, directory: string): string {
  if ('env' in source) {
    const value = environment()[source.env];
    if (value === undefined || value === '')
      throw new SecretMissing(`${what}: the environment variable ${source.env} is not set`);
    return value;
  }
  try {
    return readFileSync(resolve(directory, source.file), 'utf8').trim();
  } catch (error) {
    throw new SecretMissing(`${what}: ${source.file} can’t be read`, { cause: error });
  }
}
