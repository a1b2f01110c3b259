import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import { isObject, parseStrict } from '@sallyport/base';
import { connectionKeys, type ConnectionKey, type LoadedConfig } from '@sallyport/config';
import type { Ids, JsonObject, Keys } from '@sallyport/contracts';

/** Seals what is kept of users' sign-ins. */
export interface ConnectionSeal {
  /** `<key>.<base64url>`; two of the same content differ. */
  seal(place: Place, content: JsonObject): string;
  /** Null for what none of our keys sealed for this very place. */
  open(place: Place, sealed: string): JsonObject | null;
}

/** Where a text is kept: what is sealed for one place opens in no other. */
export interface Place {
  readonly tenant: string;
  readonly name: string;
}

const DOMAIN = 'sallyport/connection/v1';
const NONCE = 12;
const TAG = 16;

/** AES-256-GCM under the first of the keys that the operator names, or one of the instance itself, which always opens. */
export function createConnectionSeal(
  { keys, ids }: { readonly keys: Pick<Keys, 'sealKey'>; readonly ids: Pick<Ids, 'random'> },
  loaded: () => Pick<LoadedConfig, 'config' | 'directory'>,
): ConnectionSeal {
  const own: ConnectionKey = {
    id: 'instance',
    key: hash('sha256', Buffer.concat([Buffer.from(`${DOMAIN}\0`), keys.sealKey('_system')]), 'buffer'),
  };
  const ring = (): readonly ConnectionKey[] => [...connectionKeys(loaded()), own];

  return {
    seal(place, content) {
      const { id, key } = ring()[0] ?? own;
      const nonce = Buffer.from(ids.random(NONCE), 'base64url');
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aadOf(place, id));
      const bytes = Buffer.concat([nonce, cipher.update(JSON.stringify(content), 'utf8'), cipher.final()]);
      return `${id}.${Buffer.concat([bytes, cipher.getAuthTag()]).toString('base64url')}`;
    },
    open(place, sealed) {
      const [id = '', text = ''] = sealed.split('.');
      const found = ring().find((each) => each.id === id);
      const bytes = Buffer.from(text, 'base64url');
      if (found === undefined || bytes.length <= NONCE + TAG) return null;
      const decipher = createDecipheriv('aes-256-gcm', found.key, bytes.subarray(0, NONCE), { authTagLength: TAG });
      decipher.setAAD(aadOf(place, id)).setAuthTag(bytes.subarray(-TAG));
      try {
        const opened = Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]);
        const parsed = parseStrict(opened);
        return parsed.ok && isObject(parsed.value) ? parsed.value : null;
      } catch {
        return null;
      }
    },
  };
}

function aadOf({ tenant, name }: Place, id: string): Buffer {
  return Buffer.from(JSON.stringify([DOMAIN, id, tenant, name]));
}
