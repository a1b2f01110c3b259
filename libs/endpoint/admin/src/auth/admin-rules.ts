import type { Pace } from './pace.ts';

/** Who counts as what. */
export interface AdminRules {
  /** The local operator's token; null where there is none. */
  readonly operatorToken: string | null;
  /** The role that administers a tenant. */
  readonly adminRole: string;
  /**
   * The tenant whose log holds what concerns the whole system, and whose admins may act for it; null leaves that to the
   * operator alone. An admin of any other tenant must not decide for all.
   */
  readonly systemTenant: string | null;
  /**
   * Why a request that names this `Host` and `Origin` is turned away, null where it may come in: a web page whose name was
   * made to point at us has no token of its own, but development users' are known to everybody.
   */
  readonly checkHost: (host: string | undefined, origin: string | undefined) => string | null;
  /** How often one person may ask; the operator is not held up. */
  readonly pace: Pace;
  /** Counts a failed authentication of an address; 0, or the milliseconds that the address has to wait. */
  readonly failures: (address: string) => number;
}

/** Injection token of the rules. */
export const ADMIN_RULES = Symbol('admin rules');
