import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { carriesToken, operatorToken } from './operator-token.ts';

describe('operatorToken', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'sallyport-'))));
  afterEach(() => rm(folder, { recursive: true }));

  it('replaces a file that others could read, or that holds no token', async () => {
    const path = join(folder, 'data', 'admin.token');
    const first = await operatorToken(join(folder, 'data'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await operatorToken(join(folder, 'data'))).toBe(first);
    await chmod(path, 0o644);
    const second = await operatorToken(join(folder, 'data'));
    expect(second).not.toBe(first);
    await writeFile(path, 'x');
    expect(await operatorToken(join(folder, 'data'))).not.toBe(second);
    expect((await readFile(path, 'utf8')).trim()).toHaveLength(43);
  });

  it('is carried by its own header alone', () => {
    for (const header of [undefined, '', 'Bearer ', 'Basic abc', 'abc', 'Bearer abcd', 'Bearer abc def']) {
      expect(carriesToken(header, 'abc')).toBe(false);
    }
    expect(carriesToken('Bearer abc', 'abc')).toBe(true);
  });
});
