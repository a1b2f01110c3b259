export {
  createTenants,
  type SwitchAnswer,
  type TenantAnswer,
  type Tenants,
  type TenantsParts,
  type TenantView,
} from './tenants.ts';
export type { ActRefusal, ChangeRequest, Actor, OnboardRequest, TenantInput } from './acts.ts';
export type { Tenant } from './registry.ts';
export type { ThrownSwitch } from './switch-register.ts';
export { dryRunTenants } from './onboarding-dry-run.ts';
