import { commandName } from './command-name.ts';

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
    // A client that npx started itself starts us otherwise.
    ['node_modules/.bin/sallyport', started(linked, byNpm('some-client'))],
  ])('is what was typed: %s', (name, process) => {
    expect(commandName(process)).toBe(name);
  });

  it('is whole where it must hold in any folder', () => {
    expect(commandName(started(linked), { anywhere: true })).toBe(linked);
    expect(commandName(started(linked, byNpm("'sallyport'")), { anywhere: true })).toBe(linked);
  });
});
