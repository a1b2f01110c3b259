import { type EventType, type Quotas, dryRun, type StoredEvent, type Switches } from '@sallyport/contracts';
import { createRegistry, switchesStream, tenantsStream } from './registry.ts';

const actor = { ref: 'sub_self-check', issuer: 'sallyport' };
const none = { calls: null, concurrent: null };
const onePerHour = { count: 1, periodMs: 3_600_000 };

/**
 * Switches and quotas of a dry run: a registry of its own in which exactly what `dryRun` names is switched
 * off or held to one call. Made by the same events as the real one, so that it fires as the real one does.
 */
export function dryRunTenants(): Switches & Quotas {
  const registry = createRegistry();
  let sequence = 0;
  const take = (stream: string, type: EventType, data: object): void => {
    sequence += 1;
    const bytes = Buffer.from(JSON.stringify({ id: String(sequence), time: '', data }));
    const event = { sequence, tenant: '', stream, version: sequence, id: '', type, bytes, leaf: bytes };
    registry.take(event satisfies StoredEvent);
  };
  const onboard = (id: string, quotas: object): void =>
    take(tenantsStream, 'tenant.onboarded', { id, name: null, issuers: [], quotas: { ...none, ...quotas }, actor });
  onboard(dryRun.calls, { calls: onePerHour });
  onboard(dryRun.concurrent, { concurrent: 1 });
  for (const what of ['tenant', 'tool', 'agent'] as const)
    take(switchesStream, 'switch.thrown', { what, name: dryRun[what], of: null, reason: null });
  return {
    stopping: (call) => registry.switches.stopping(call),
    quotaOf: (tenant) => registry.tenants.get(tenant)?.quotas ?? null,
  };
}
