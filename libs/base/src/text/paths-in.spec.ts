import { pathsIn } from './paths-in.ts';

it.each<[string, string[]]>([
  ['/srv/a', ['/srv/a']],
  ['--root=/srv/a', ['/srv/a']],
  ['--root=/srv/a,b=c', ['/srv/a,b=c', '/srv/a']],
  ['/srv/a:/there:ro', ['/srv/a', '/there']],
  ['--mount=type=bind,src=/srv/a,dst=/there', ['/srv/a', '/there']],
  ['/nowhere;../a', ['/nowhere', '../a']],
  ['~/a', ['/users/me/a']],
  ['-v=~:/there', ['/users/me', '/there']],
  ['file:///srv/a%20b', ['/srv/a b']],
  ['C:\\a', ['C:\\a']],
])('%s may name %j', (word, paths) => {
  expect(pathsIn(word, '/users/me')).toEqual(expect.arrayContaining(paths));
});

it.each(['', 'https://example.com/', 'file://[', '~ann/a', '--verbose'])('%j names no folder', (word) => {
  expect(pathsIn(word, '/users/me').filter((path) => path.startsWith('/'))).toEqual([]);
});
