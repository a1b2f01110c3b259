/** One condition for taking calls. */
export interface HealthCheck {
  /** For example `journal`, `upstream/orders`, `self-check`. */
  readonly name: string;
  readonly ok: boolean;
  /** One sentence for the operator; no addresses with credentials, no personal data. */
  readonly detail: string;
}

/** Asked for `/readyz`, once for all who ask within a second; it must be quick and may throw, which counts as not ready. */
export type HealthChecks = () => readonly HealthCheck[] | Promise<readonly HealthCheck[]>;

/** Injection token of the checks. */
export const HEALTH_CHECKS = Symbol('health checks');
