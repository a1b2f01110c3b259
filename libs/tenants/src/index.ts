export { createTenants, type SwitchAnswer, type TenantAnswer, type Tenants, type TenantView } from './tenants.ts';
export type { ActRefusal, ChangeRequest, OnboardRequest } from './acts.ts';
export type { Tenant } from './registry.ts';
export type { ThrownSwitch } from './switch-register.ts';
export { dryRunTenants } from './onboarding-dry-run.ts';
