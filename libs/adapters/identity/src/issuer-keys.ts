import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import type { IssuerConfig } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { createDiscovery } from './discovery.ts';
import { holdOff } from './hold-off.ts';
import type { IssuerParts } from './issuer.ts';
import { IssuerUnavailable } from './issuer-unavailable.ts';

/** What is wrong with a token, not with its issuer, where no key is found for it. */
const faultsOfTokens = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

/**
 * The keys of an issuer. It may have them elsewhere, but only the operator may say that they are at another private address.
 *
 * @returns a function that rejects with IssuerUnavailable where they can't be read, and asks no more for a while then
 */
export function keysOf(
  { issuer, jwks }: Pick<IssuerConfig, 'issuer' | 'jwks'>,
  { clock, fetch, fetchPublic, timing }: IssuerParts,
): JWTVerifyGetKey {
  const url = jwks === undefined ? null : new URL(jwks);
  const { timeoutMs, retryMs } = timing;
  const discovered = createDiscovery(issuer, 'jwks_uri', { fetch, clock, timeoutMs, retryMs });
  let keys: JWTVerifyGetKey | undefined;

  async function currentKeys(): Promise<JWTVerifyGetKey> {
    if (keys !== undefined) return keys;
    const found = url ?? (await discovered());
    const isNamed = url !== null || found.origin === new URL(issuer).origin;
    return (keys ??= createRemoteJWKSet(found, {
      cooldownDuration: timing.cooldownMs,
      cacheMaxAge: timing.keysForMs,
      timeoutDuration: timing.timeoutMs,
      // Not what is asked of the keys: those that are known are found while others can't be read.
      [customFetch]: holdOff(keysAt(isNamed ? fetch : fetchPublic), { clock, retryMs }),
    }));
  }

  return async function keyFor(...asked) {
    try {
      return await (
        await currentKeys()
      )(...asked);
    } catch (error) {
      if (faultsOfTokens.some((fault) => error instanceof fault)) throw error;
      throw new IssuerUnavailable('its keys could not be read', { cause: error });
    }
  };
}

/** What is no key set is a failure as well, so that it is not asked for in a flood. */
function keysAt(fetch: typeof globalThis.fetch): FetchImplementation {
  return async function fetchKeys(url, init) {
    const response = await fetch(url, init);
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    const document: unknown = await response.json();
    if (!isObject(document) || !Array.isArray(document['keys'])) throw new Error(`${url} has no list of keys`);
    return Response.json(document);
  };
}
