import { createHostCheck } from './host-check.ts';

const check = createHostCheck({
  listen: '0.0.0.0:8787',
  public_url: 'https://mcp.example:8443/mcp',
  allowed_hosts: ['Gateway.internal', 'pinned.internal:9000'],
  allowed_origins: ['https://Console.example/'],
});

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
});
