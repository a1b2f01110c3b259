import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyRing } from '@sallyport/transport';
import { SecretMissing } from './secret-source.ts';

const keyBytes = 32;
const keyLine = /^[A-Za-z0-9_-]{43}$/;

export type PasswordName = 'kafka' | 'redis';
export type KeyName =
  'mac-gateway' | 'mac-rate-limit' | 'mac-authorization' | 'mac-confirmation' | 'release' | 'tenants' | 'sealing';

/** What one service knows that others must not: files of a directory that only it can read. */
export interface ServiceSecrets {
  /** Null where there is no such file: the server asks for none. */
  password(name: PasswordName): string | null;
  /** @throws SecretMissing */
  postgresPassword(): string;
  /** @throws SecretMissing */
  keys(name: KeyName): KeyRing;
  /** @throws SecretMissing */
  operatorToken(): string;
}

/** Opens a directory of secrets. Files are read when they are asked for; a message names the file and never its content. */
export function openSecrets(directory: string): ServiceSecrets {
  const read = (file: string): string | null => {
    try {
      return readFileSync(join(directory, file), 'utf8').trim();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw new SecretMissing(`${join(directory, file)} can’t be read`, { cause: error });
    }
  };
  const need = (file: string): string => {
    const text = read(file);
    if (text === null)
      throw new SecretMissing(
        `${join(directory, file)} is not there: make the secrets of the services first, or say in cluster.secrets where they are`,
      );
    return text;
  };
  return {
    password: (name) => read(`${name}.password`),
    postgresPassword: () => need('postgres.password'),
    keys(name) {
      const file = `${name}.key`;
      const lines = need(file).split(/\s+/);
      if (!lines.every((line) => keyLine.test(line)))
        throw new SecretMissing(
          `${join(directory, file)} must hold keys of ${keyBytes} bytes in base64url, one a line`,
        );
      return lines.map((line) => Buffer.from(line, 'base64url'));
    },
    operatorToken: () => need('operator.token'),
  };
}
