import { z } from 'zod';

/** The one rule for tenant ids, for a regular expression: no two ids differ by case alone or by what nobody sees. */
export const TENANT_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The rule in words. */
export const tenantIdRule = 'up to 63 lower-case letters, digits and dashes, and no dash in front';

/** A tenant's id, as the configuration, tokens, the admin API, the command line and events have it. */
export const tenantId = z.string().regex(TENANT_ID, `a tenant’s id: ${tenantIdRule}`);

/** Says whether a value is a tenant's id. The names that begin with an underscore, our own, are none. */
export function isTenantId(value: unknown): value is string {
  return typeof value === 'string' && TENANT_ID.test(value);
}
