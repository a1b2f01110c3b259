import type { IssuerConfig, TenantIssuer, TenantRegister } from '@sallyport/contracts';
import { createIssuer, type IssuerParts, type VerifyToken } from './issuer.ts';

/** Where nobody is onboarded. */
export const noTenants: TenantRegister = {
  version: 0,
  has: () => false,
  issuersOf: () => [],
  ownerOf: () => undefined,
};

/**
 * Verifiers for the issuers of onboarded tenants, as the register has them at the moment. Whatever a token of such an
 * issuer claims, its tenant is the one that owns the issuer. Keys that were fetched are kept until the issuer changes.
 *
 * @param configured issuers of the configuration; one that a tenant claims as well is believed by nobody
 * @returns the verifier for an issuer; undefined where the register has none, null where it is claimed twice
 */
export function createTenantIssuers(
  register: TenantRegister,
  configured: ReadonlyMap<string, unknown>,
  parts: IssuerParts,
): (issuer: string) => VerifyToken | null | undefined {
  const made = new Map<string, { readonly config: TenantIssuer; readonly verify: VerifyToken }>();
  return function verifierOf(issuer) {
    const owner = register.ownerOf(issuer);
    const known = made.get(issuer);
    if (owner === undefined) {
      made.delete(issuer);
      return undefined;
    }
    if (configured.has(issuer)) return null;
    if (known?.config === owner.config) return known.verify;
    const config: IssuerConfig = { ...owner.config, tenant: { fixed: owner.tenant } };
    const verify = createIssuer(config, parts);
    made.set(issuer, { config: owner.config, verify });
    return verify;
  };
}
