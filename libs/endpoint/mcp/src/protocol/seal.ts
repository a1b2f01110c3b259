import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import type { Ids, JsonObject, Keys } from '@sallyport/contracts';
import { isObject, parseStrict } from '@sallyport/base';

/** Seals what a client carries for us: it can neither read nor make it, and every gateway of the instance opens it. */
export interface Seal {
  /** base64url */
  seal(tenant: string, content: JsonObject): string;
  /** Null for what is not ours, was changed, or is another tenant's. */
  open(tenant: string, sealed: string): JsonObject | null;
}

const NONCE = 12;
const TAG = 16;
/** Characters: what travels in a header. */
const MAX_SEALED = 4_096;

/**
 * AES-256-GCM under a key of the tenant.
 *
 * @param domain what is sealed: what one domain seals opens in no other
 * @param longest characters that are opened
 */
export function createSeal(
  { keys, ids }: { readonly keys: Keys; readonly ids: Ids },
  domain: string,
  longest = MAX_SEALED,
): Seal {
  const aad = Buffer.from(domain);
  const keyOf = (tenant: string): Buffer =>
    hash('sha256', Buffer.concat([Buffer.from(`${domain}\0`), keys.sealKey(tenant)]), 'buffer');

  function seal(tenant: string, content: JsonObject): string {
    const nonce = Buffer.from(ids.random(NONCE), 'base64url');
    const cipher = createCipheriv('aes-256-gcm', keyOf(tenant), nonce).setAAD(aad);
    const text = cipher.update(JSON.stringify(content), 'utf8');
    return Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  function open(tenant: string, sealed: string): JsonObject | null {
    if (sealed.length > longest) return null;
    const bytes = Buffer.from(sealed, 'base64url');
    // Other characters are skipped, and of the last one some bits are unused: only the one canonical spelling counts.
    if (bytes.length <= NONCE + TAG || bytes.toString('base64url') !== sealed) return null;
    const nonce = bytes.subarray(0, NONCE);
    const decipher = createDecipheriv('aes-256-gcm', keyOf(tenant), nonce, { authTagLength: TAG });
    decipher.setAAD(aad).setAuthTag(bytes.subarray(-TAG));
    try {
      const parsed = parseStrict(Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]));
      return parsed.ok && isObject(parsed.value) ? parsed.value : null;
    } catch {
      return null;
    }
  }

  return { seal, open };
}
