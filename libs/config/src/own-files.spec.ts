import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configSchema, type ConfigInput } from '@sallyport/contracts';
import { ownFileFindings, ownFiles } from './own-files.ts';

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'own-')));
  mkdirSync(join(folder, 'place/data'), { recursive: true });
  mkdirSync(join(folder, 'plain'));
  writeFileSync(join(folder, 'place/sallyport.yaml'), '');
  symlinkSync(join(folder, 'place/data'), join(folder, 'plain/link'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function loadedIn(upstreams: ConfigInput['upstreams']) {
  const directory = join(folder, 'place');
  const config = {
    ...configSchema.parse({ upstreams }),
    identity: { issuers: [], development: { users: 'users.yaml' } },
  };
  const file = join(directory, 'sallyport.yaml');
  return { config, file, directory, digest: 'sha256:x', data: join(directory, 'data') } as Parameters<
    typeof ownFiles
  >[0];
}

const given = (path: string) => ({ files: { command: ['mcp-server-filesystem', path] } });
const names = (text: string, path = folder): boolean =>
  ownFiles(loadedIn(given(path)))('files', text.replaceAll('$', folder));

describe('a text that names a file of Sallyport itself', () => {
  it.each([
    '$/place/sallyport.yaml',
    '$/place/data/admin.token',
    '$/place/./x/../data/admin.token',
    '$/place/policies/start.cedar',
    '$/place/users.yaml',
    '$/plain/link/admin.token',
    'file://$/place/data/journal.db',
    'data/admin.token',
    './sallyport.yaml',
    'sallyport.yaml',
    'place/policies/x y.cedar',
    'place\\data\\admin.token',
    'cat $/place/data/admin.token | head',
  ])('is %j', (text) => expect(names(text)).toBe(true));

  it.each([
    '$/place/a.txt',
    '$/place/database/a.txt',
    '$/place/data.csv',
    '$/plain/data/a.txt',
    'data',
    'policies and users',
    'either/or',
    'https://example.com/data/admin.token',
    '# $/place/data\nis where the record is.',
    `${'x'.repeat(1_100)} $/place/data`,
  ])('is not %j', (text) => expect(names(text)).toBe(false));
});

describe('an upstream', () => {
  it('that is given a folder with files of Sallyport itself is found', () => {
    expect(ownFileFindings(loadedIn(given('.')))).toMatchObject([
      { about: 'own-files/files', fires: false, refuses: true },
    ]);
    expect(ownFileFindings(loadedIn(given(folder)))).toHaveLength(1);
  });

  it('that is given another folder is none, nor one without any', () => {
    expect(ownFileFindings(loadedIn(given(join(folder, 'plain'))))).toEqual([]);
    expect(ownFileFindings(loadedIn({ web: { url: 'https://example.com/mcp' } }))).toEqual([]);
  });
});
