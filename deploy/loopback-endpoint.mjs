// @ts-check
/**
 * Lets the machine that runs this container in to a gateway that listens on the container's own loopback address.
 *
 * Development users count only where `listen` is a loopback address, and a published port can't reach one in a container.
 * So this endpoint stands on the container's outer addresses and takes connections from the container's host alone: the
 * published port is on the host's loopback address, and what comes in there arrives from the network's gateway. Other
 * containers arrive from their own address and are turned away. So are other machines where the port is published to the
 * world by forwarding packets; a proxy of the engine's makes them look like the host, so publish on 127.0.0.1 only. The
 * gateway's own rule stays as it is.
 *
 * Loaded before the program: `node --import ./loopback-endpoint.mjs main.js`. Leave it out where an issuer says who people are.
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
/** @type {Set<string>} */
const told = new Set();

/** @param {import('node:net').Socket} visitor @param {string} from */
function turnAway(visitor, from) {
  visitor.destroy();
  if (told.has(from) || told.size > 100) return;
  told.add(from);
  console.error(
    `loopback-endpoint: ${from} is not this container's host (${[...welcome].join(', ')}) and is turned away`,
  );
}

for (const address of outerAddresses()) {
  const endpoint = createServer({ noDelay: true, allowHalfOpen: true }, (visitor) => {
    const from = visitor.remoteAddress ?? '';
    if (!welcome.has(from)) return turnAway(visitor, from);
    const inside = connect({ port: PORT, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    // One side's failure ends both; there is nobody to tell.
    pipeline(visitor, inside, visitor, () => {});
  });
  endpoint.listen(PORT, address).unref();
}
