import { derivedKeys } from '@sallyport/adapter-sqlite';
import type { Keys, KeyWrap } from '@sallyport/contracts';
import { ringKeyWrap } from '@sallyport/journal';
import type { ServiceSecrets } from '@sallyport/config';

/**
 * The keys of all tenants, by the secret that the gateways and audit share. Only the first line counts: digests are
 * compared over years, so this secret is not changed.
 *
 * @throws SecretMissing
 */
export function tenantKeys(secrets: ServiceSecrets): Keys {
  const [master] = secrets.keys('tenants');
  if (master === undefined) throw new RangeError('a ring of keys holds at least one');
  return derivedKeys(master);
}

/**
 * Wraps the keys of subjects by the secrets that the gateways and audit share: the first wraps, all of them open.
 *
 * @throws SecretMissing
 */
export function subjectKeys(secrets: ServiceSecrets): KeyWrap {
  return ringKeyWrap(secrets.keys('sealing'), 'sealing.key of this service');
}
