import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readClientFile } from './client-file.ts';
import { clientServers } from './client-servers.ts';
import { servedBy, servedFolders } from './served-folders.ts';

describe('the folders that servers serve', () => {
  let home: string;
  let workspace: string;

  beforeAll(() => {
    home = realpathSync.native(mkdtempSync(join(tmpdir(), 'served-')));
    workspace = join(home, 'work space');
    for (const folder of ['.cursor', 'docs', 'guard']) mkdirSync(join(workspace, folder), { recursive: true });
    writeFileSync(join(workspace, 'server.js'), '');
    symlinkSync(workspace, join(home, 'link'));
  });
  afterAll(() => rmSync(home, { recursive: true }));

  function serves(server: object, path: string, file = join(workspace, '.cursor/mcp.json')): boolean {
    const text = JSON.stringify({ mcpServers: { one: { command: 'serve', ...server } } });
    const answer = readClientFile(text, file, home);
    if (!answer.ok) throw new Error(answer.message);
    const places = { environment: { WORK: workspace }, home, from: join(workspace, '.cursor'), started: workspace };
    return servedBy(servedFolders(clientServers(answer.lists).servers, places), path) !== null;
  }

  it.each<[string, () => object]>([
    ['whole', () => ({ args: ['-y', workspace] })],
    ['above', () => ({ args: [home] })],
    ['a variable of the client', () => ({ args: ['${workspaceFolder}'] })],
    ['a variable of the environment', () => ({ args: ['${env:WORK}/'] })],
    ['relative', () => ({ args: ['.'] })],
    ['relative, from cwd', () => ({ cwd: 'docs', args: ['..'] })],
    ['cwd', () => ({ cwd: '${workspaceFolder}' })],
    ['of the user', () => ({ args: ['~/work space'] })],
    ['through a link', () => ({ args: [join(home, 'link')] })],
    ['as an option', () => ({ args: [`--root=${workspace}`] })],
    ['as a volume', () => ({ args: ['run', '-v', `${workspace}:/projects:rw`] })],
    ['as a mount', () => ({ args: ['run', '--mount', `type=bind,src=${workspace},dst=/projects`] })],
    ['as a URI', () => ({ args: [pathToFileURL(workspace).href] })],
    ['in a list', () => ({ env: { ROOTS: `/nowhere:${workspace}` } })],
    ['in the environment', () => ({ env: { ROOT: '${workspaceFolder}' } })],
  ])('are known: %s', (_, server) => {
    for (const path of ['', 'guard', 'new/guard'])
      expect([path, serves(server(), join(workspace, path))]).toEqual([path, true]);
    expect(serves(server(), join(home, 'link', 'guard'))).toBe(true);
  });

  it.each<[string, () => object]>([
    ['a folder within', () => ({ args: ['docs'] })],
    ['a folder beside, called nearly the same', () => ({ args: [join(workspace, 'guard')] })],
    ['a file', () => ({ args: ['server.js'] })],
    ['a folder that is not there', () => ({ args: [join(workspace, 'none')] })],
    ['an address', () => ({ args: ['https://example.com/'] })],
    ['where the user is at home', () => ({ env: { HOME: '${userHome}' } })],
    ['what nobody knows', () => ({ args: ['${input:root}', 'a\0b', 'file://['] })],
  ])('are not: %s', (_, server) => {
    for (const path of ['', 'guard2', 'new/guard'])
      expect([path, serves(server(), join(workspace, path))]).toEqual([path, false]);
  });
});
