import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretMissing } from './secret-source.ts';
import { openSecrets, type ServiceSecrets } from './service-secrets.ts';

const names = [
  'mac-gateway',
  'mac-rate-limit',
  'mac-authorization',
  'mac-confirmation',
  'release',
  'tenants',
  'sealing',
] as const;
const key = Buffer.alloc(32, 7);

describe('the secrets of a service', () => {
  let directory: string;
  let secrets: ServiceSecrets;
  const write = (file: string, text: string) => writeFileSync(join(directory, file), text);

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'secrets-'));
    secrets = openSecrets(directory);
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it.each(names)('%s.key that is not there is told by its path', (name) => {
    expect(() => secrets.keys(name)).toThrow(SecretMissing);
    expect(() => secrets.keys(name)).toThrow(`${join(directory, `${name}.key`)} is not there`);
  });

  it.each(['hunter2', '', `${key.toString('base64url')}\nhunter2`, key.toString('hex')])(
    'a key that could be guessed or is none is told without its content: %j',
    (text) => {
      write('release.key', text);
      expect(() => secrets.keys('release')).toThrow(
        /release\.key must hold keys of 32 bytes in base64url, one a line$/,
      );
    },
  );

  it('an operator token or a password of PostgreSQL that is not there is told', () => {
    expect(() => secrets.operatorToken()).toThrow('operator.token is not there');
    expect(() => secrets.postgresPassword()).toThrow('postgres.password is not there');
  });

  it('a file that can’t be read is told', () => {
    mkdirSync(join(directory, 'operator.token'));
    expect(() => secrets.operatorToken()).toThrow('operator.token can’t be read');
  });

  it('servers that ask for no password have none', () => {
    expect(secrets.password('kafka')).toBeNull();
    write('kafka.password', 'secret\n');
    expect(secrets.password('kafka')).toBe('secret');
  });

  it('keys are read in their order, the newest first as the file has them', () => {
    const older = Buffer.alloc(32, 8);
    write('release.key', `${key.toString('base64url')}\n${older.toString('base64url')}\n`);
    expect(secrets.keys('release')).toEqual([key, older]);
  });
});
