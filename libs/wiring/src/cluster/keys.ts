import { derivedKeys } from '@sallyport/adapter-sqlite';
import type { Keys } from '@sallyport/contracts';
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
