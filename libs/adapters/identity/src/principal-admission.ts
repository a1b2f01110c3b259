import type { Config, IdentityRefusal, Principal, TenantRegister } from '@sallyport/contracts';
import { invalidToken, tenantUnknown } from './identity-refusals.ts';

/** Why a verified principal may not come in; null where it may. */
export type Admission = (principal: Principal) => IdentityRefusal | null;

export interface AdmissionRules {
  readonly admit: Config['tenants']['admit'];
  readonly issuers: Config['identity']['issuers'];
}

/**
 * Holds principals to the register of tenants: an issuer that takes the tenant from a claim may not name a tenant that
 * has issuers of its own, and where only onboarded tenants are admitted no other is. Who is bound to one tenant by the
 * operator, by `fixed` or as a development user, needs no issuer of the tenant's.
 */
export function createAdmission(register: TenantRegister, { admit, issuers }: AdmissionRules): Admission {
  const claiming = new Set(issuers.filter(({ tenant }) => 'claim' in tenant).map(({ issuer }) => issuer));
  return function mayEnter({ tenant, subject: { issuer } }) {
    if (claiming.has(issuer) && register.issuersOf(tenant).length > 0)
      return invalidToken('The issuer of the token may not speak for its tenant.');
    return admit === 'onboarded' && !register.has(tenant) ? tenantUnknown : null;
  };
}
