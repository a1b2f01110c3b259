import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { takeRandom } from './take-random.ts';

const NONCE = 12;
const TAG = 16;

/**
 * AES-256-GCM under a fresh random nonce, as base64url of nonce, ciphertext and tag.
 *
 * @param key 32 bytes
 * @param place what the text is and where it stands: it opens for the same alone
 */
export function encipher(key: KeyObject | Uint8Array, text: string, place: readonly string[]): string {
  const nonce = takeRandom(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bytesOf(place));
  const enciphered = cipher.update(text, 'utf8');
  return Buffer.concat([nonce, enciphered, cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** The text; null where it was enciphered under another key, for another place, or was changed. */
export function decipher(key: KeyObject | Uint8Array, enciphered: string, place: readonly string[]): string | null {
  const bytes = Buffer.from(enciphered, 'base64url');
  if (bytes.length < NONCE + TAG) return null;
  const opened = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG })
    .setAAD(bytesOf(place))
    .setAuthTag(bytes.subarray(-TAG));
  try {
    return Buffer.concat([opened.update(bytes.subarray(NONCE, -TAG)), opened.final()]).toString('utf8');
  } catch {
    return null;
  }
}

/** No two places have the same bytes. */
function bytesOf(place: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(place));
}
