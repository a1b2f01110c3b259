// @ts-check
// Which secrets there are, what they look like, and which service holds each.
import { randomBytes } from 'node:crypto';

/** @typedef {{ file: string, holders: string[], make: () => string }} Secret */

const password = () => randomBytes(24).toString('base64url');
const key = () => randomBytes(32).toString('base64url');

/** Kafka's form of a UUID; the first bit is off, so that it never begins with a dash, which its scripts take for an option. */
function clusterId() {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('base64url');
}

const stations = ['rate-limit', 'authorization', 'confirmation', 'audit'];

/** The services of Sallyport, in the order in which they are asked. Their names are their users at the broker. */
export const services = ['gateway', ...stations];

/** Users of the broker that have no service here: who reads the feed. */
export const readers = ['feed-reader'];

/** Which role of the database a service logs in as: `sallyport_gateway` and so on. */
export const roles = {
  gateway: 'gateway',
  'rate-limit': 'reader',
  authorization: 'reader',
  confirmation: 'reader',
  audit: 'audit',
};

/**
 * Which program hosts a station: itself, or the first of those it shares a process with.
 *
 * @param {readonly (readonly string[])[]} colocate as `cluster.colocate` of the configuration
 * @param {string} station
 */
export function hostOf(colocate, station) {
  return colocate.find((group) => group.includes(station))?.[0] ?? station;
}

/**
 * Every secret of Sallyport. One with several holders is the same for all of them.
 *
 * @param {readonly (readonly string[])[]} colocate as `cluster.colocate` of the configuration
 * @returns {Secret[]}
 */
export function inventory(colocate) {
  const macKeys = ['gateway', 'rate-limit', 'authorization', 'confirmation'].map((signer) => ({
    file: `mac-${signer}.key`,
    holders: [...new Set([hostOf(colocate, signer), hostOf(colocate, 'audit')])],
    make: key,
  }));
  const databasePasswords = [...new Set(Object.values(roles))].map((role) => ({
    file: 'postgres.password',
    holders: Object.entries(roles)
      .filter(([, named]) => named === role)
      .map(([service]) => service),
    make: password,
  }));
  const audit = hostOf(colocate, 'audit');
  return [
    ...[...services, ...readers].map((user) => ({ file: 'kafka.password', holders: [user], make: password })),
    ...databasePasswords,
    ...['gateway', 'rate-limit', 'audit'].map((user) => ({ file: 'redis.password', holders: [user], make: password })),
    ...macKeys,
    { file: 'release.key', holders: ['gateway', audit], make: key },
    { file: 'tenants.key', holders: ['gateway', audit], make: key },
    { file: 'sealing.key', holders: ['gateway', audit], make: key },
    { file: 'operator.token', holders: ['gateway'], make: key },
    { file: 'broker.password', holders: ['kafka'], make: password },
    { file: 'controller.password', holders: ['kafka'], make: password },
    { file: 'cluster.id', holders: ['kafka'], make: clusterId },
    { file: 'admin.password', holders: ['kafka', 'setup'], make: password },
    { file: 'owner.password', holders: ['postgres', 'setup'], make: password },
  ];
}
