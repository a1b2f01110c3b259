import type { Config, IssuerConfig, TenantIssuer, TenantRegister } from '@sallyport/contracts';
import { createIssuer, createOpaqueIssuer, type IssuerParts, type VerifyToken } from './issuer.ts';

/** Where nobody is onboarded. */
export const noTenants: TenantRegister = {
  version: 0,
  has: () => false,
  issuersOf: () => [],
  ownerOf: () => undefined,
};

/** Verifiers for the issuers of onboarded tenants. */
export interface TenantIssuers {
  /** For an issuer; undefined where the register has none, null where it is claimed twice. */
  verifierOf(issuer: string): VerifyToken | null | undefined;
  /**
   * For tokens that name no issuer, at the endpoints of a tenant: undefined where none of its issuers is asked about them, null
   * where two would be.
   */
  opaqueFor(tenant: string): VerifyToken | null | undefined;
}

export interface TenantIssuersRules {
  /** Issuers of the configuration; one that a tenant claims as well is believed by nobody. */
  readonly configured: ReadonlyMap<string, unknown>;
  readonly introspection: Config['tenants']['introspection'];
}

interface Made {
  readonly config: TenantIssuer;
  readonly verify: VerifyToken;
  /** Undefined where the issuer is not asked about tokens. */
  readonly opaque: VerifyToken | undefined;
}

/**
 * Follows the register. Whatever a token of such an issuer claims, its tenant is the one that owns the issuer. What was
 * fetched and answered is kept until the issuer changes.
 */
export function createTenantIssuers(
  register: TenantRegister,
  { configured, introspection }: TenantIssuersRules,
  parts: IssuerParts,
): TenantIssuers {
  const asked = new Map(introspection.map((each) => [each.issuer, each]));
  const made = new Map<string, Made>();

  function madeFor(issuer: string): Made | null | undefined {
    const owner = register.ownerOf(issuer);
    const known = made.get(issuer);
    if (owner === undefined) {
      made.delete(issuer);
      return undefined;
    }
    if (configured.has(issuer)) return null;
    if (known?.config === owner.config) return known;
    const config: IssuerConfig = { ...owner.config, tenant: { fixed: owner.tenant } };
    const how = asked.get(issuer);
    const opaque = how && createOpaqueIssuer(config, how, parts);
    const fresh = { config: owner.config, verify: createIssuer(config, parts), opaque };
    made.set(issuer, fresh);
    return fresh;
  }

  return {
    verifierOf(issuer) {
      const found = madeFor(issuer);
      return found && found.verify;
    },
    opaqueFor(tenant) {
      const found = register.issuersOf(tenant).flatMap(({ issuer }) => madeFor(issuer)?.opaque ?? []);
      return found.length > 1 ? null : found[0];
    },
  };
}
