import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isObject, parseStrict } from '@sallyport/base';
import type { SigningKey } from '@sallyport/contracts';

const usable: readonly unknown[] = ['rsa', 'ec', 'ed25519'];

/**
 * Reads a private key: PKCS#8 PEM, or one JWK.
 *
 * @returns null for what is none, or of a kind that nothing is signed with here
 */
export function signingKeyOf(text: string): SigningKey | null {
  const parsed = parseStrict(text);
  const jwk = parsed.ok && isObject(parsed.value) ? parsed.value : null;
  const kid = jwk?.['kid'];
  const key = keyOf(jwk === null ? text : { key: jwk as JsonWebKey, format: 'jwk' });
  if (key === null || !usable.includes(key.asymmetricKeyType)) return null;
  return { key, kid: typeof kid === 'string' ? kid : undefined };
}

function keyOf(source: Parameters<typeof createPrivateKey>[0]): KeyObject | null {
  try {
    return createPrivateKey(source);
  } catch {
    return null;
  }
}
