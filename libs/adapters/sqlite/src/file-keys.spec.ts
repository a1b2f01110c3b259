import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileKeys } from './file-keys.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'keys-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const file = () => join(directory, 'keys', 'master.key');

describe('openFileKeys', () => {
  it.each([0o640, 0o604])('refuses a secret that others may read (mode %o)', async (mode) => {
    await openFileKeys({ directory });
    chmodSync(file(), mode);
    await expect(openFileKeys({ directory })).rejects.toMatchObject({ code: 'key_file_refused' });
  });

  it('refuses a file that holds no key, and does not quote it', async () => {
    await openFileKeys({ directory });
    writeFileSync(file(), 'hunter2');
    const refused = openFileKeys({ directory });
    await expect(refused).rejects.toMatchObject({ code: 'key_file_refused' });
    await expect(refused).rejects.not.toThrow('hunter2');
  });

  it('makes one secret for its owner only, and derives the same keys from it ever after', async () => {
    const [keys, twin] = await Promise.all([openFileKeys({ directory }), openFileKeys({ directory })]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(directory, 'keys'))).toEqual(['master.key']);
    const again = await openFileKeys({ directory });
    for (const other of [twin, again]) expect(other.digestKey('shop').equals(keys.digestKey('shop'))).toBe(true);
    const digests = ['shop', 'bank'].map((tenant) => keys.digestKey(tenant).export());
    const all = [...digests, keys.sealKey('shop'), keys.sealKey('bank')];
    expect(new Set(all.map((key) => key.toString('hex'))).size).toBe(4);
    expect(all.map((key) => key.length)).toEqual([32, 32, 32, 32]);
  });
});
