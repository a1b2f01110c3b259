import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { UpstreamConfig } from '@sallyport/contracts';
import { environment } from './config.ts';

/** Thrown when a credential that the configuration names can't be had. */
export class SecretMissing extends Error {
  readonly code = 'secret_missing';
}

/**
 * The headers that carry our own credential to an upstream, read from the files and variables that the configuration names.
 *
 * @throws SecretMissing naming the header and where it was looked for, never a value
 */
export function headerSecrets(config: UpstreamConfig, directory: string): Readonly<Record<string, string>> {
  if (!('url' in config)) return {};
  return Object.fromEntries(
    Object.entries(config.headers).map(([name, source]) => [name, valueOf(name, source, directory)]),
  );
}

function valueOf(
  name: string,
  source: { readonly file: string } | { readonly env: string },
  directory: string,
): string {
  if ('env' in source) {
    const value = environment()[source.env];
    if (value === undefined || value === '')
      throw new SecretMissing(`header ${name}: the environment variable ${source.env} is not set`);
    return value;
  }
  try {
    return readFileSync(resolve(directory, source.file), 'utf8').trim();
  } catch (error) {
    throw new SecretMissing(`header ${name}: ${source.file} can’t be read`, { cause: error });
  }
}
