export {
  createTenants,
  type SwitchAnswer,
  type TenantAnswer,
  type Tenants,
  type TenantsParts,
  type TenantView,
} from './tenants.ts';
export type { ActRefusal, ChangeRequest, Doer, OnboardRequest, TenantWish } from './acts.ts';
export type { Tenant } from './registry.ts';
export type { ThrownSwitch } from './switchboard.ts';
export { rehearsalTenants } from './rehearsal.ts';
