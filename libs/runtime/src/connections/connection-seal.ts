import { hash } from 'node:crypto';
import { decipher, derived, encipher, isObject, parseStrict } from '@sallyport/base';
import { connectionKeys, type ConnectionKey, type LoadedConfig } from '@sallyport/config';
import type { JsonObject, Keys } from '@sallyport/contracts';

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

/** AES-256-GCM under the first of the keys that the operator names, or one of the instance itself, which always opens. */
export function createConnectionSeal(
  { keys }: { readonly keys: Pick<Keys, 'sealKey'> },
  loaded: () => Pick<LoadedConfig, 'config' | 'directory'>,
): ConnectionSeal {
  const own: ConnectionKey = {
    id: 'instance',
    key: hash('sha256', Buffer.concat([Buffer.from(`${DOMAIN}\0`), keys.sealKey('_system')]), 'buffer'),
  };
  const ring = derived(loaded, (now): readonly ConnectionKey[] => [...connectionKeys(now), own]);

  return {
    seal(place, content) {
      const { id, key } = ring()[0] ?? own;
      return `${id}.${encipher(key, JSON.stringify(content), placeOf(place, id))}`;
    },
    open(place, sealed) {
      const [id = '', enciphered = ''] = sealed.split('.');
      const found = ring().find((each) => each.id === id);
      const text = found === undefined ? null : decipher(found.key, enciphered, placeOf(place, id));
      const parsed = text === null ? null : parseStrict(Buffer.from(text));
      return parsed?.ok === true && isObject(parsed.value) ? parsed.value : null;
    },
  };
}

function placeOf({ tenant, name }: Place, id: string): readonly string[] {
  return [DOMAIN, id, tenant, name];
}
