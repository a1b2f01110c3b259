import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeConfigSchema } from '@sallyport/guards';
import type { LoadedConfig } from './load-config.ts';
import { ownFiles } from './own-files.ts';
import { introspectionSecrets, missingSecrets, ownKeyValues } from './secrets.ts';

describe('what we show the issuer that is asked about tokens', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-introspection-'));
  beforeAll(() => writeFileSync(join(directory, 'own-secret.txt'), 'k3y-of-ours\n'));
  afterAll(() => rmSync(directory, { recursive: true }));

  const loaded = (file?: string): LoadedConfig => {
    const introspection = file === undefined ? {} : { introspection: { client_id: 'us', client_secret: { file } } };
    const issuer = { issuer: 'https://id.example', audience: 'https://mcp.example', tenant: { fixed: 'a' } };
    const config = completeConfigSchema.parse({
      upstreams: { files: { command: ['files', directory] } },
      identity: { issuers: [{ ...issuer, ...introspection }] },
    });
    const paths = { file: join(directory, 'sallyport.yaml'), directory, data: join(directory, 'data') };
    return { config, ...paths, text: '', digest: '' };
  };

  it('is missed before anything is served, without its value', () => {
    expect(missingSecrets(loaded('none.txt'))).toMatchObject([
      { message: 'introspection: client_secret of https://id.example: none.txt can’t be read' },
    ]);
    expect(missingSecrets(loaded())).toEqual([]);
  });

  it('is read from its file, and is one of our own keys', () => {
    expect([...introspectionSecrets(loaded('own-secret.txt'))]).toEqual([['https://id.example', 'k3y-of-ours']]);
    expect(introspectionSecrets(loaded()).size).toBe(0);
    expect(ownKeyValues(loaded('own-secret.txt'))).toEqual(['k3y-of-ours']);
    expect(ownKeyValues(loaded('none.txt'))).toEqual([]);
  });

  it('stands in one of our own files', () => {
    const isOwn = ownFiles(loaded('own-secret.txt'));
    expect(isOwn('files', join(directory, 'own-secret.txt'))).toBe(true);
    expect(isOwn('files', join(directory, 'other.txt'))).toBe(false);
  });
});
