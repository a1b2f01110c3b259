import { BadRequestException } from '@nestjs/common';
import { operatorSubject, type Principal } from '@sallyport/contracts';

/** Who makes an admin request, and for which tenants it may be answered. */
export interface Caller {
  /** The operator holds the token in the data directory of this machine; a subject comes with a token of an issuer. */
  readonly kind: 'operator' | 'subject';
  readonly principal: Principal;
  readonly admin: boolean;
  /** A subject's own tenant alone; for the operator the one that was asked for, or all. */
  readonly tenants: readonly string[];
  /** The tenant whose log holds what concerns the whole system. */
  readonly systemTenant: string | null;
}

/** The local operator, acting in a tenant. */
export function operatorIn(tenant: string): Principal {
  return {
    tenant,
    subject: operatorSubject,
    client: null,
    expiresAt: null,
  };
}

/** Whether somebody may see what concerns every tenant: the operator, and people of the system tenant. */
export function isForAll({ kind, principal, systemTenant }: Caller): boolean {
  return kind === 'operator' || principal.tenant === systemTenant;
}

/** The caller's principal within one of the caller's tenants. */
export function principalIn({ kind, principal }: Caller, tenant: string): Principal {
  return kind === 'operator' ? operatorIn(tenant) : principal;
}

/** The one tenant that a request is about, not counting the system log; null when there is a choice or none. */
export function onlyTenant({ tenants, systemTenant }: Caller): string | null {
  const [only, ...others] = tenants.length > 1 ? tenants.filter((tenant) => tenant !== systemTenant) : tenants;
  return only !== undefined && others.length === 0 ? only : null;
}

/**
 * The one tenant that a request is about.
 *
 * @throws BadRequestException when there are several to choose from, or none yet
 */
export function oneTenant(caller: Caller): string {
  const only = onlyTenant(caller);
  if (only !== null) return only;
  const { tenants } = caller;
  const message =
    tenants.length === 0 ? 'There is no tenant on record yet.' : `Say which tenant: ${tenants.join(', ')}.`;
  throw new BadRequestException({ error: 'tenant_needed', message });
}
