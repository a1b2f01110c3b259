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
  symlinkSync(join(folder, 'place'), join(folder, 'linked'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function loadedIn(upstreams: ConfigInput['upstreams']) {
  const directory = join(folder, 'place');
  const config = configSchema.parse({ upstreams, identity: { development: { users: 'users.yaml' } } });
  const file = join(directory, 'sallyport.yaml');
  return { config, file, directory, text: '', digest: 'sha256:x', data: join(directory, 'data') } as Parameters<
    typeof ownFiles
  >[0];
}

const given = (path: string) => ({ files: { command: ['mcp-server-filesystem', path] } });
const names = (text: string, path = folder): boolean =>
  ownFiles(loadedIn(given(path)))('files', text.replaceAll('$', folder));

const long = {
  'a path with much that comes to nothing': [`$/place/${'./'.repeat(5_000)}data/admin.token`, true],
  'one from a folder': [`${'x/../'.repeat(1_000)}data/admin.token`, true],
  'content that speaks of one': [`${'x'.repeat(1_100)} $/place/data`, false],
  'content that begins like one': [`policies/are files, and ${'so on, '.repeat(300)}`, false],
} as const;

it.each(Object.entries(long))('a long text, %s, is judged as what it is', (_, [text, isOwn]) =>
  expect(names(text)).toBe(isOwn),
);

describe('a text that names a file of Sallyport itself', () => {
  it.each([
    '$/place/sallyport.yaml',
    '$/place/data/admin.token',
    '$/place/./x/../data/admin.token',
    '$/place/policies/start.cedar',
    '$/place/users.yaml',
    'file://$/place/data/journal.db',
    'data/admin.token',
    './sallyport.yaml',
    'sallyport.yaml',
    'place/policies/x y.cedar',
    'place\\data\\admin.token',
    'cat $/place/data/admin.token | head',
    'cat $/place/database/a.txt $/place/data/admin.token',
    'x\n/../data/admin.token',
    'https://example.com/../../data/admin.token',
    'policies/a\nb.cedar',
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
  ])('is not %j', (text) => expect(names(text)).toBe(false));
});

it('is one also by way of a folder that is a link, which the upstream is given', () => {
  const linked = join(folder, 'linked');
  expect(names('$/linked/data/admin.token', linked)).toBe(true);
  expect(names('data/admin.token', linked)).toBe(true);
  expect(names('$/linked/a.txt', linked)).toBe(false);
});

it('is any within a folder of Sallyport itself, where an upstream is given that', () => {
  const data = join(folder, 'place/data');
  expect([names('admin.token', data), names('x/y', data), names('word', data)]).toEqual([true, true, false]);
});

it('is none because of a file that an upstream has in the folder of our data', () => {
  const database = join(folder, 'place/data/shop.db');
  writeFileSync(database, '');
  expect([names('select a.b from c/d', database), names('x/y', database)]).toEqual([false, false]);
  expect(ownFileFindings(loadedIn(given(database)))).toEqual([]);
});

describe('an upstream', () => {
  it('that is given a folder with files of Sallyport itself is found', () => {
    expect(ownFileFindings(loadedIn(given('.')))).toMatchObject([
      { about: 'own-files/files', fires: false, refuses: true },
    ]);
    expect(ownFileFindings(loadedIn(given(folder)))).toHaveLength(1);
    expect(ownFileFindings(loadedIn(given('./data')))).toHaveLength(1);
    expect(ownFileFindings(loadedIn(given(join(folder, 'linked'))))).toHaveLength(1);
    expect(ownFileFindings(loadedIn(given('/')))).toHaveLength(1);
    expect(ownFileFindings(loadedIn({ files: { command: ['files'], env: { FOLDER: folder } } }))).toHaveLength(1);
  });

  it('that is given another folder is none, nor one without any', () => {
    expect(ownFileFindings(loadedIn(given(join(folder, 'plain'))))).toEqual([]);
    expect(ownFileFindings(loadedIn({ web: { url: 'https://example.com/mcp' } }))).toEqual([]);
  });
});

it('files of credentials are own files, wherever they are named', () => {
  const at = (name: string) => ({ file: name });
  const auth = { type: 'client_credentials', issuer: 'https://as.example', client_id: 'us' } as const;
  const upstreams: ConfigInput['upstreams'] = {
    a: {
      url: at('url.txt'),
      headers: { 'X-Key': at('header.txt') },
      auth: { ...auth, client_secret: at('secret.txt') },
    },
    b: { url: 'https://b.example', auth: { ...auth, private_key: at('key.pem') } },
    c: {
      url: 'https://c.example',
      auth: { ...auth, type: 'jwt_bearer', assertion: at('workload.jwt') },
    },
    d: {
      url: 'https://d.example',
      auth: {
        ...auth,
        type: 'enterprise_managed',
        client_secret: at('secret.txt'),
        identity_provider: { issuer: 'https://id.example', client_id: 'us', client_secret: at('home.txt') },
      },
    },
    files: { command: ['mcp-server-filesystem', folder, at('word.txt')] },
  };
  const loaded = loadedIn(upstreams);
  const notify = { url: at('hook.txt'), secret: at('hook.key'), private: false };
  const config = { ...loaded.config, approvals: { ...loaded.config.approvals, notify } };
  const isOwn = ownFiles({ ...loaded, config });
  for (const name of [
    'url.txt',
    'header.txt',
    'secret.txt',
    'key.pem',
    'workload.jwt',
    'home.txt',
    'word.txt',
    'hook.txt',
    'hook.key',
  ])
    expect([name, isOwn('files', join(folder, 'place', name))]).toEqual([name, true]);
  expect(isOwn('files', join(folder, 'place', 'other.txt'))).toBe(false);
});
