// @ts-check
/**
 * Lets the machine that runs this container in to a gateway that listens on the container's own loopback address.
 *
 * Development users count only where `listen` is a loopback address, and a published port can't reach one in a container.
 * So this door stands on the container's outer addresses and takes connections from the container's host alone: the
 * published port is on the host's loopback address, and what comes in there arrives from the network's gateway. Other
 * containers, and other machines (also where the port was published to all the world), arrive from their own address and
 * are turned away. The gateway's rule stays as it is.
 *
 * Loaded before the program: `node --import ./loopback-door.mjs main.js`. Leave it out where an issuer says who people are.
 */
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { pipeline } from 'node:stream';

const PORT = 8787;

/** Addresses of the default routes, from the kernel's table: hexadecimal, lowest byte first. */
function hosts() {
  const rows = readFileSync('/proc/net/route', 'utf8').trim().split('\n').slice(1);
  const gateways = rows.map((row) => row.split('\t')).filter(([, destination]) => destination === '00000000');
  return new Set(gateways.map(([, , hex = '']) => [...Buffer.from(hex, 'hex')].reverse().join('.')));
}

/** The container's own addresses on its networks. */
function outerAddresses() {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
}

const welcome = hosts();
for (const address of outerAddresses()) {
  const door = createServer({ noDelay: true, allowHalfOpen: true }, (visitor) => {
    if (!welcome.has(visitor.remoteAddress ?? '')) return visitor.destroy();
    const inside = connect({ port: PORT, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    // One side's failure ends both; there is nobody to tell.
    pipeline(visitor, inside, visitor, () => {});
  });
  door.listen(PORT, address).unref();
}
