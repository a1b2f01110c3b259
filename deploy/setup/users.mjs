// @ts-check
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka';

/** SCRAM-SHA-512 in the broker's protocol. */
const SHA_512 = 2;
const ITERATIONS = 8192;

/**
 * Gives each user its password at the broker, again at each run: a user who was there keeps no older one. The broker gets
 * salted digests (RFC 5802), never a password.
 *
 * @param {{ host: string, port: number, tls: boolean, admin: { username: string, password: string } }} broker
 * @param {ReadonlyMap<string, string>} passwords by user
 */
export async function putUsers({ host, port, tls, admin }, passwords) {
  const sasl = { mechanism: /** @type {const} */ ('SCRAM-SHA-512'), ...admin };
  const connection = new Connection('sallyport-setup', { sasl, ...(tls && { tls: {} }) });
  const users = [...passwords].map(([name, password]) => {
    const salt = randomBytes(32);
    const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512');
    return { name, mechanism: SHA_512, iterations: ITERATIONS, salt, saltedPassword };
  });
  try {
    await connection.connect(host, port);
    await alterUserScramCredentialsV0.api.async(connection, [], users);
  } finally {
    await connection.close().catch(() => undefined); // what failed before is what is told
  }
}
