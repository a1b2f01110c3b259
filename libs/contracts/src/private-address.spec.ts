import { isPrivateAddress, isPrivateHost } from './private-address.ts';

it.each([
  '127.0.0.1',
  '127.9.9.9',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.100.100.200',
  '0.0.0.0',
  '168.63.129.16',
  '192.0.0.192',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:8.8.8.8',
  '::7f00:1',
  '64:ff9b::a00:1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '2002:a00:1::',
  '2001:0:a00:1::',
  '2001:db8::1',
  'no address',
  '',
])('%s is no address of the public internet', (address) => expect(isPrivateAddress(address)).toBe(true));

it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])('%s is public', (address) =>
  expect(isPrivateAddress(address)).toBe(false),
);

it.each([
  'http://2130706433',
  'http://0x7f000001',
  'http://0177.0.0.1',
  'http://127.1',
  'http://[::ffff:169.254.169.254]',
  'http://LOCALHOST',
  'http://localhost.',
  'http://a.localhost',
  'http://printer.local',
  'http://metadata.google.internal',
  'http://metadata.google.internal.',
  'http://nas.lan',
  'http://x.home.arpa',
  'http://１２７.0.0.1',
])('%s is of a private host', (url) => expect(isPrivateHost(new URL(url).hostname)).toBe(true));

it.each(['https://login.acme.example', 'https://8.8.8.8', 'https://internal.example', 'https://localhost.example'])(
  '%s may be public',
  (url) => expect(isPrivateHost(new URL(url).hostname)).toBe(false),
);
