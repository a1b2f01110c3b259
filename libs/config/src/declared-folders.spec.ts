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
    there: [
      '/etc/sallyport/deep',
      '/etc/sallyport/deep/server.mjs',
      '/srv/data',
      '/etc/sallyport/shared',
      '/etc/sallyport/deep',
    ],
    web: ['/srv/web'],
    none: [],
  });
});
