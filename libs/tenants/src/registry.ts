import type { EventData, StoredEvent, TenantIssuer, TenantQuotas } from '@sallyport/contracts';
import { readCloudEvent } from '@sallyport/journal';
import { createSwitchRegister, type SwitchRegister } from './switch-register.ts';

/** An onboarded tenant. */
export interface Tenant {
  readonly id: string;
  /** An organisation's name. */
  readonly name: string | null;
  readonly issuers: readonly TenantIssuer[];
  readonly quotas: TenantQuotas;
  /** Goes up with each change of it. */
  readonly version: number;
  /** RFC 3339. */
  readonly since: string;
}

/** Streams of Sallyport's log: all of one kind, so that a reader asks for nothing else. */
export const registryKind = 'registry';
export const tenantsStream = `${registryKind}/tenants`;
export const switchesStream = `${registryKind}/switches`;

/** What the registry's events come to. */
export interface Registry {
  readonly tenants: ReadonlyMap<string, Tenant>;
  readonly owners: ReadonlyMap<string, { readonly tenant: string; readonly config: TenantIssuer }>;
  readonly switches: SwitchRegister;
  /** Number of events in a stream, as far as read. */
  versionOf(stream: string): number;
  /** Says whether tenants or issuers changed. */
  take(event: StoredEvent): boolean;
}

/** An empty registry. */
export function createRegistry(): Registry {
  const tenants = new Map<string, Tenant>();
  const owners = new Map<string, { tenant: string; config: TenantIssuer }>();
  const switches = createSwitchRegister();
  const versions = new Map<string, number>();

  function put({ id, name, issuers, quotas }: EventData['tenant.changed'], version: number, time: string): void {
    for (const { issuer } of tenants.get(id)?.issuers ?? []) owners.delete(issuer);
    const tenant: Tenant = {
      id,
      name,
      issuers: issuers as readonly TenantIssuer[],
      quotas: quotasOf(quotas),
      version,
      since: tenants.get(id)?.since ?? time,
    };
    tenants.set(id, tenant);
    for (const config of tenant.issuers) owners.set(config.issuer, { tenant: id, config });
  }

  return {
    tenants,
    owners,
    switches,
    versionOf: (stream) => versions.get(stream) ?? 0,
    take({ type, bytes, stream, version }) {
      versions.set(stream, version);
      const { data, time } = readCloudEvent<unknown>(bytes);
      switch (type) {
        case 'tenant.onboarded':
        case 'tenant.changed':
          put(data as EventData['tenant.changed'], version, time);
          return true;
        case 'switch.thrown': {
          const { what, name, of, reason } = data as EventData['switch.thrown'];
          switches.throw({ what, name, of, reason, since: time });
          return false;
        }
        case 'switch.cleared':
          switches.clear(data as EventData['switch.cleared']);
          return false;
        default:
          return false;
      }
    },
  };
}

function quotasOf({ calls, concurrent }: EventData['tenant.changed']['quotas']): TenantQuotas {
  return { ...(calls !== null && { calls }), ...(concurrent !== null && { concurrent }) };
}
