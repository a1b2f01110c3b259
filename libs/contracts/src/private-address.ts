import { BlockList, isIP, isIPv6 } from 'node:net';

const privateV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // metadata of a cloud, though the range is public
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
/** Within the range of public addresses: documentation, and tunnels that carry an IPv4 address of any kind. */
const specialV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];
const refused = new BlockList();
for (const [net, bits] of privateV4) refused.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of specialV6) refused.addSubnet(net, bits, 'ipv6');
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');

/** Says whether an IP address is not of the public internet: private, loopback, link-local, metadata, reserved. */
export function isPrivateAddress(address: string): boolean {
  const [plain = ''] = address.split('%', 1);
  if (isIPv6(plain)) return !global.check(plain, 'ipv6') || refused.check(plain, 'ipv6');
  return isIP(plain) === 0 || refused.check(plain, 'ipv4');
}

/** Says whether the host of a URL is private by its own words; what a name leads to is seen when it is looked up. */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  if (isIP(name) !== 0) return isPrivateAddress(name);
  return /(^|\.)(localhost|local|internal|lan|home\.arpa)$/.test(name) || name === '';
}
