import { createHostCheck } from './host-check.ts';

const names = {
  public_url: 'https://mcp.example:8443/mcp',
  allowed_hosts: ['Gateway.internal', 'pinned.internal:9000'],
  allowed_origins: ['https://Console.example/'],
};
const check = createHostCheck(names);
const checkProbe = createHostCheck(names, { addresses: true });

describe('host and origin', () => {
  it.each([
    undefined,
    '',
    'evil.example',
    'mcp.example.evil',
    'xlocalhost',
    'pinned.internal:9001',
    'pinned.internal',
    'localhost:x',
  ])('refuses the host %p', (host) => expect(check(host, undefined)).toBe('forbidden_host'));

  it.each([
    'localhost',
    'LOCALHOST:80',
    '127.0.0.1:8787',
    '[::1]:1',
    'mcp.example',
    'mcp.example:8443',
    'gateway.internal:1',
    'pinned.internal:9000',
  ])('accepts the host %p', (host) => expect([check(host, undefined), check(host, undefined)]).toEqual([null, null]));

  it.each([
    ['localhost', 'null'],
    ['localhost', ''],
    ['localhost', 'file://localhost'],
    ['localhost', 'http://mcp.example:8443'],
    ['localhost', 'http://localhost@evil.example'],
    ['mcp.example:8443', 'http://localhost:3000'],
    ['mcp.example:8443', 'https://evil.example'],
  ])('refuses, at %p, the origin %p', (host, origin) => expect(check(host, origin)).toBe('forbidden_origin'));

  it.each([
    ['localhost', 'http://localhost:3000'],
    ['127.0.0.1:1', 'http://[::1]:3000'],
    ['mcp.example:8443', 'https://mcp.example:8443'],
    ['gateway.internal', 'https://console.example'],
  ])('accepts, at %p, the origin %p', (host, origin) => expect(check(host, origin)).toBeNull());

  it.each([
    'evil.example',
    '10.0.0.7.evil.example',
    '10.0.0.7:x',
    '10.0.0',
    '0x7f.1',
    '[fe80::1',
    'fe80::1',
    '[10.0.0.7]',
    '',
  ])('refuses the host %p also of a probe', (host) => expect(checkProbe(host, undefined)).toBe('forbidden_host'));

  it.each([undefined, '10.0.0.7', '10.0.0.7:8787', '[fd00::7]:8787', 'localhost', 'mcp.example', 'gateway.internal:1'])(
    'accepts the host %p of a probe',
    (host) => expect(checkProbe(host, undefined)).toBeNull(),
  );

  it('refuses a foreign origin also at an address', () => {
    expect(check('10.0.0.7', undefined)).toBe('forbidden_host');
    expect(checkProbe('10.0.0.7', 'http://localhost:3000')).toBe('forbidden_origin');
    expect(checkProbe(undefined, 'https://evil.example')).toBe('forbidden_origin');
    expect(checkProbe('10.0.0.7', 'https://console.example')).toBeNull();
  });
});
