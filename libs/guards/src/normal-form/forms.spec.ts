import fc from 'fast-check';
import { pathFault } from './path-form.ts';
import { uriFault } from './uri-form.ts';

describe('paths', () => {
  it.each([
    ['/srv/docs/../secret', '".."'],
    ['..', '".."'],
    ['../a', '".."'],
    ['/..', '".."'],
    ['./a', '"."'],
    ['a/.', '"."'],
    ['//server/share', '"//"'],
    ['a//b', '"//"'],
    ['/srv/docs/', 'end with "/"'],
    ['a/b./c', 'ends with a dot'],
    ['a/b /c', 'ends with a dot or a space'],
    ['a/.../b', 'ends with a dot'],
    ['a\\b', 'backslashes'],
    ['\\\\server\\share', 'backslashes'],
    ['c:/docs', 'drive letter as a capital'],
    ['C:docs', 'after its drive letter'],
    ['C:', 'after its drive letter'],
    ['~/docs', '"~"'],
    ['~root/x', '"~"'],
    ['file:///etc/passwd', 'not a URI'],
    ['FILE:/etc/passwd', 'not a URI'],
    ['/srv/%2e%2e/x', 'percent-encoded'],
    ['/srv%2Fx', 'percent-encoded'],
    ['/srv/%252e%252e/x', 'percent-encoded'],
    ['/srv/%u002e/x', 'percent-encoded'],
    ['/srv/．．/x', 'look like'],
    ['/srv／x', 'look like'],
    ['/srv\u2215x', 'look like'],
    ['/srv\u2044x', 'look like'],
    ['/srv/‥/x', 'look like'],
    ['/srv＼x', 'look like'],
    ['/srv/e\u0301', 'normal form C'],
    ['/srv/a\0.txt', 'control'],
    ['/srv/a\n', 'control'],
    ['/srv/\u200b../x', 'can not be seen'],
    ['/srv/\u202ea', 'can not be seen'],
    ['/srv/\ud800', 'can not be seen'],
    [' /srv', 'white space'],
    ['/srv\u00a0', 'white space'],
    ['', 'empty'],
    [`/${'a'.repeat(9_000)}`, 'longer'],
    [`/e${'\u0301'.repeat(60)}`, 'control'],
  ])('refuses %j', (path, told) => expect(pathFault(path)).toContain(told));

  it.each([
    '/',
    '.',
    '/srv/docs/a.txt',
    'docs/a.txt',
    '.env',
    '/srv/.git/config',
    'a..b/c',
    'C:/',
    'C:/Users/ann/a b.txt',
    'backup~/x',
    '100%/x',
    '12:30.log',
    'größe/注文.txt',
    'a b/c',
    '...a',
  ])('takes %s', (path) => expect(pathFault(path)).toBeNull());

  it('takes no path that another normalizer would change', () => {
    const part = fc.constantFrom('a', 'b.txt', '.', '..', '', '...', '.a', '%2e', '~', 'é');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.boolean(), (parts, absolute) => {
        const path = `${absolute ? '/' : ''}${parts.join('/')}`;
        if (pathFault(path) !== null || path === '/' || path === '.') return;
        expect(new URL(path.replace(/^\//, ''), 'file:///base/').pathname.replace(/^\/base\//, '')).toBe(
          encodeURI(path.replace(/^\//, '')),
        );
      }),
    );
  });
});

describe('URIs', () => {
  it.each([
    ['example.com/a', 'scheme'],
    ['//example.com/a', 'scheme'],
    ['/a', 'scheme'],
    ['HTTPS://example.com/', 'small letters'],
    ['https://Example.com/', 'host in small letters'],
    ['https://example.com', 'normal form'],
    ['https://example.com?q=1', 'normal form'],
    ['https://example.com:443/', 'normal form'],
    ['http://example.com:080/', 'normal form'],
    ['https://example.com:/', 'normal form'],
    ['https:example.com/', 'normal form'],
    ['https:///example.com/', 'must have a host'],
    ['https://example.com./', 'end with a dot'],
    ['https://example.com.:8443/', 'end with a dot'],
    ['https://ann:secret@example.com/', 'user name'],
    ['https://@example.com/', 'user name'],
    ['https://good.example@evil.example/', 'user name'],
    ['https://example.com\\@evil.example/', 'backslashes'],
    ['https://example.com/a/../b', '".."'],
    ['https://example.com/a/%2e%2e/b', 'capital letters'],
    ['https://example.com/a/%2E%2E/b', 'percent-encode'],
    ['https://example.com/a/..;x/b', '".."'],
    ['https://example.com/a/./b', '"."'],
    ['https://example.com/a//b', '"//"'],
    ['https://example.com//a', '"//"'],
    ['https://example.com/a%2Fb', 'encoded "/"'],
    ['https://example.com/a%5Cb', 'encoded "/"'],
    ['https://example.com/%252E%252E/', 'twice'],
    ['https://example.com/?u=%252e', 'twice'],
    ['https://example.com/?x=%00', 'NUL'],
    ['https://example.com/%0d', 'capital'],
    ['https://example.com/%0D', 'control'],
    ['https://example.com/%41', 'as they are'],
    ['https://example.com/%zz', '"%"'],
    ['https://example.com/%', '"%"'],
    ['https://example.com/a#.pdf', 'fragment'],
    ['https://bücher.example/', 'ASCII'],
    ['https://example.com/ü', 'ASCII'],
    ['https://ex\u200bample.com/', 'can not be seen'],
    ['https://example.com/a b', 'ASCII'],
    ['https://exam\tple.com/', 'control'],
    [' https://example.com/', 'white space'],
    ['http://127.1/', 'normal form'],
    ['http://0x7f000001/', 'normal form'],
    ['http://2130706433/', 'normal form'],
    ['http://[0:0:0:0:0:0:0:1]/', 'normal form'],
    ['file://host/a', 'no host'],
    ['file://localhost/a', 'no host'],
    ['file:/a', '"//" before'],
    ['file:///a?', 'no query'],
    ['file:///a?b=c', 'no query'],
    ['file:///a/../b', '".."'],
    ['file:///C|/a', 'normal form'],
    ['s3://Bucket/key', 'small letters'],
    ['notes:/a', '"//" before'],
    ['notes:/', '"//" before'],
    ['notes:////a', 'not have "//"'],
    ['notes:///a/../b', '".."'],
    ['notes://', 'must have a host'],
    ['notes://?q=1', 'must have a host'],
    ['s3://bucket/a/../b', '".."'],
    ['urn:a/../b', '".."'],
    ['', 'empty'],
  ])('refuses %j', (uri, told) => expect(uriFault(uri)).toContain(told));

  it.each([
    'https://example.com/',
    'https://example.com:8443/a/b.pdf?next=%2Fhome&q=a%20b',
    'https://xn--bcher-kva.example/a%20b/',
    'http://127.0.0.1:8080/',
    'http://[::1]/',
    'file:///srv/docs/a.txt',
    'notes:///srv/docs/a.txt',
    'notes:///',
    'notes:a/b',
    's3://bucket/key',
    'postgres://db.internal:5432/shop',
    'urn:isbn:0451450523',
    'mailto:ann@example.com',
    'https://example.com/?pct=100%25',
  ])('takes %s', (uri) => expect(uriFault(uri)).toBeNull());

  it('takes none that is read as another', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (uri) => {
        if (uriFault(uri) === null) expect(new URL(uri).href).toBe(uri);
      }),
    );
  });
});

it.each([
  ['slashes', '/'.repeat(8_000)],
  ['dots', '.'.repeat(8_000)],
  ['percent signs', `https://a/${'%25'.repeat(2_600)}`],
  ['colons and slashes', `${':'.repeat(8_000)}/`],
  ['marks', 'e\u0301'.repeat(4_000)],
])('a text of many %s is read in time', (_, text) => {
  for (let round = 0; round < 50; round++) {
    expect(pathFault(text)).not.toBeNull();
    expect(uriFault(text)).not.toBeNull();
  }
});
