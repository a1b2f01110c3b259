import { homedir } from 'node:os';
import { join } from 'node:path';
import { configSchema } from '@sallyport/contracts';
import { declaredFolders } from './declared-folders.ts';

test('folders are those of `roots`, of `cwd`, and paths among the arguments of a program', () => {
  const command = ['node', './server.mjs', '--data=/srv/data', '../shared', '/', '.', 'docs', '--verbose'];
  const { upstreams } = configSchema.parse({
    upstreams: {
      files: { command, roots: ['/mnt/x', 'y'] },
      there: { command, cwd: 'deep' },
      web: { url: 'https://mcp.example.com/mcp', roots: ['/srv/web'] },
      none: { url: 'https://mcp.example.com/mcp' },
    },
  });
  expect(Object.fromEntries(declaredFolders({ upstreams }, '/etc/sallyport'))).toEqual({
    files: ['/mnt/x', '/etc/sallyport/y', '/etc/sallyport/server.mjs', '/srv/data', '/etc/shared', '/etc/sallyport'],
    there: ['/etc/sallyport/deep', '/etc/sallyport/deep/server.mjs', '/srv/data', '/etc/sallyport/shared'],
    web: ['/srv/web'],
    none: [],
  });
});

test.each([
  [['run', '-v', '/srv/a:/projects:ro'], '/srv/a'],
  [['run', '--mount', 'type=bind,src=/srv/b,dst=/projects'], '/srv/b'],
  [['file:///srv/c'], '/srv/c'],
  [['--root', '~/d'], join(homedir(), 'd')],
  [['../e/'], '/etc/e'],
])('an argument of %j gives %s', (args, folder) => {
  const { upstreams } = configSchema.parse({ upstreams: { files: { command: ['serve', ...args] } } });
  expect(declaredFolders({ upstreams }, '/etc/sallyport').get('files')).toContain(folder);
});
