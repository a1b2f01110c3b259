import { createHash, createHmac, hash, type KeyObject } from 'node:crypto';

import { canonical } from './canonical.ts';
import type { JsonValue } from './json.ts';

/** `sha256:` and 43 characters of base64url without padding. */
export type Sha256Digest = `sha256:${string}`;

/** `hmac-sha256:` and 43 characters of base64url without padding. */
export type HmacSha256Digest = `hmac-sha256:${string}`;

const COMMIT_DOMAIN = 'sallyport/commit/v1\0';
const LEAF_PREFIX = Buffer.of(0);

/**
 * SHA-256 as text. Base64url rather than hexadecimal, since the digest stands in every record: 43 characters, not 64.
 *
 * @param data bytes, or a string that is hashed as UTF-8 (must be well-formed: a lone surrogate would be replaced)
 */
export function sha256(data: string | Uint8Array): Sha256Digest {
  return `sha256:${hash('sha256', data, 'base64url')}`;
}

/**
 * HMAC-SHA-256 (RFC 2104) as text, for digests that nobody without the key may guess from a small set of inputs.
 *
 * @param key a secret key object, or its bytes (32 are advised)
 * @param text hashed as UTF-8
 */
export function hmacSha256(key: KeyObject | Uint8Array, text: string): HmacSha256Digest {
  return `hmac-sha256:${createHmac('sha256', key).update(text).digest('base64url')}`;
}

/** The hash of a leaf of a Merkle log (RFC 6962 section 2.1): SHA-256(0x00 || bytes), 32 bytes. */
export function leafHash(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(LEAF_PREFIX).update(bytes).digest();
}

/**
 * A salted commitment to a text: SHA-256 over the UTF-8 of `"sallyport/commit/v1" NUL salt NUL text`. Anyone who
 * has salt and text can check it; without the salt nothing can be guessed, and it can be destroyed.
 *
 * @param saltBase64url at least 16 random bytes (32 are advised) as base64url; used as it is written
 * @throws TypeError if the salt is shorter or holds another character, since the commitment would then hide nothing
 */
export function commitment(saltBase64url: string, text: string): Sha256Digest {
  if (!/^[A-Za-z0-9_-]{22,}$/.test(saltBase64url)) {
    throw new TypeError('A commitment needs a base64url salt of at least 16 bytes.');
  }
  return sha256(`${COMMIT_DOMAIN}${saltBase64url}\0${text}`);
}

/**
 * The digest of a whole definition (of a tool, a prompt, a resource template): SHA-256 of its canonical JSON, so that
 * neither key order nor spacing changes it and any other change does.
 *
 * @throws CanonicalError if the definition is not plain JSON
 */
export function definitionDigest(definition: JsonValue): Sha256Digest {
  return sha256(canonical(definition));
}
