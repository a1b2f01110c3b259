import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPolicyFiles } from './policy-files.ts';

describe('the policies of a folder', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sallyport-policies-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('that is not there are not taken for none', async () => {
    await expect(readPolicyFiles(join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('are not taken without a file that can’t be read', async () => {
    writeFileSync(join(folder, 'a.cedar'), 'permit (principal, action, resource);');
    mkdirSync(join(folder, 'b.cedar'));
    await expect(readPolicyFiles(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  });

  it('are its .cedar files alone, in the order of their names', async () => {
    for (const name of ['b.cedar', 'a.cedar', 'a.cedar~', 'cases.yaml', 'c.CEDAR'])
      writeFileSync(join(folder, name), name);
    expect(await readPolicyFiles(folder)).toEqual([
      { path: join(folder, 'a.cedar'), text: 'a.cedar' },
      { path: join(folder, 'b.cedar'), text: 'b.cedar' },
    ]);
  });
});
