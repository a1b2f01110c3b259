import { hash, hkdfSync } from 'node:crypto';
import { decipher, encipher } from '@sallyport/base';
import { KeyLost, type KeyWrap } from '@sallyport/contracts';

const KEY_BYTES = 32;
const ID_LENGTH = 8;

/**
 * Wraps by secrets that are at hand, each tenant by a key of its own from them (HKDF-SHA-256, RFC 5869).
 *
 * @param ring secrets of 32 bytes: the first wraps, all of them unwrap
 * @param where what holds them, for the message when one is missing
 */
export function ringKeyWrap(ring: readonly Uint8Array[], where: string): KeyWrap {
  const secrets = new Map(ring.map((secret) => [keyId(secret), secret]));
  const [[first, newest] = []] = secrets;
  if (first === undefined || newest === undefined) throw new RangeError('A ring of keys holds at least one.');
  const keyOf = (tenant: string, secret: Uint8Array): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, '', `sallyport/wrap/v1\0${tenant}`, KEY_BYTES));

  return {
    async wrap(tenant, subject, key) {
      const text = encipher(keyOf(tenant, newest), key.toString('base64url'), placeOf(tenant, subject));
      return `${first}.${text}`;
    },
    async unwrap(tenant, subject, wrapped) {
      const id = wrapped.slice(0, ID_LENGTH);
      const secret = secrets.get(id);
      const text = wrapped.slice(ID_LENGTH + 1);
      const key = secret && decipher(keyOf(tenant, secret), text, placeOf(tenant, subject));
      if (key) return Buffer.from(key, 'base64url');
      const why = secret
        ? 'the wrapped key was changed or moved'
        : `${where} does not hold the secret ${id}: restore it`;
      throw new KeyLost(`The key of ${subject} can’t be opened: ${why}.`);
    },
  };
}

/** Names a secret key of 32 bytes without telling it. */
export function keyId(secret: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from('sallyport/key-id/v1\0'), secret]), 'base64url').slice(0, ID_LENGTH);
}

function placeOf(tenant: string, subject: string): readonly string[] {
  return ['sallyport/subject-key/v1', tenant, subject];
}
