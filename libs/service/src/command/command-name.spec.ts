import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandName } from './command-name.ts';
import { shellWord } from './shell-word.ts';

const started = (file: string, env: Record<string, string> = {}) => ({
  argv: ['/usr/bin/node', file, 'serve'],
  env: { PATH: '/usr/bin:/usr/local/bin', ...env },
  cwd: () => '/shop',
});
const byNpm = (script: string) => ({ npm_lifecycle_script: script });
const linked = '/shop/node_modules/.bin/sallyport';

describe('the name of the command', () => {
  it.each([
    ['npx sallyport', started(linked, byNpm("'sallyport'"))],
    ['npx sallyport', started('/shop/bin/sallyport.mjs', byNpm('node bin/sallyport.mjs serve'))],
    ['sallyport', started('/usr/local/bin/sallyport')],
    ['node_modules/.bin/sallyport', started(linked)],
    ['/opt/sallyport/bin/sallyport', started('/opt/sallyport/bin/sallyport')],
    ['node bin/sallyport.mjs', started('/shop/bin/sallyport.mjs')],
    ['sallyport', started('/srv/apps/gateway/dist/main.js')],
    ['node_modules/.bin/sallyport', started(linked, { PATH: '/shop/node_modules/.bin:/usr/bin' })],
    ["'/my tools/bin/sallyport'", started('/my tools/bin/sallyport')],
    ["node 'my tools/sallyport.mjs'", started('/shop/my tools/sallyport.mjs')],
    // A client that npx started itself starts us otherwise.
    ['node_modules/.bin/sallyport', started(linked, byNpm('some-client'))],
  ])('is what was typed: %s', (name, process) => {
    expect(commandName(process)).toBe(name);
  });

  it('is whole where it must hold in any folder', () => {
    expect(commandName(started(linked), { anywhere: true })).toBe(linked);
    expect(commandName(started(linked, byNpm("'sallyport'")), { anywhere: true })).toBe(linked);
  });

  it.each([
    ['npx --yes ./kept/sallyport-1.2.3.tgz', 'file:../../../shop/kept/sallyport-1.2.3.tgz'],
    ["npx --yes './my tools/sallyport-1.2.3.tgz'", 'file:../../../shop/my tools/sallyport-1.2.3.tgz'],
    ['npx sallyport', '^1.2.3'],
  ])('names the tarball that npx was given, never a package of the registry in its place: %s', (name, dependency) => {
    const home = mkdtempSync(join(tmpdir(), 'sallyport-npx-'));
    const folder = join(home, 'cache/_npx/0f1e');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies: { sallyport: dependency } }));
    const process = started(join(folder, 'node_modules/.bin/sallyport'), byNpm('sallyport'));
    expect(commandName({ ...process, cwd: () => join(home, 'shop') })).toBe(name);
    const anywhere = commandName(process, { anywhere: true });
    const [, path] = /^file:..\/..\/..\/(.*)$/.exec(dependency) ?? [];
    if (path !== undefined) expect(anywhere).toBe(`npx --yes ${shellWord(`file:${join(home, path)}`)}`);
    else expect(anywhere).toBe(process.argv[1]);
    rmSync(home, { recursive: true });
  });
});
