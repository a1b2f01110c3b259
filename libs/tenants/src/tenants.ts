import type { Quotas, Switches, SwitchTarget, TenantRegister } from '@sallyport/contracts';
import {
  type ActRefusal,
  change,
  type ChangeRequest,
  type Actor,
  onboard,
  type OnboardRequest,
  setSwitch,
} from './acts.ts';
import { follow } from './follow.ts';
import { type Acted, createTenantLog, type TenantLogParts } from './tenant-log.ts';
import type { Registry, Tenant } from './registry.ts';
import type { ThrownSwitch } from './switch-register.ts';

export type TenantsParts = TenantLogParts;
export type SwitchAnswer = Acted;

/** A tenant as it stands. */
export interface TenantView extends Tenant {
  readonly state: 'active' | 'suspended';
}

export type TenantAnswer = { readonly ok: true; readonly tenant: TenantView } | ActRefusal;

/** Onboarded tenants and kill switches, over Sallyport's log. All that is asked at a call is answered from memory. */
export interface Tenants extends Switches, Quotas, TenantRegister {
  /** The sequence of the last event of theirs that was read. */
  position(): number;
  /** Forgets everything and reads the log from its beginning. */
  rebuild(): Promise<void>;
  /** Reads what was recorded since, by whatever process. */
  catchUp(): Promise<void>;
  /**
   * Catches up again and again, so that what another process recorded counts here.
   *
   * @param everyMs milliseconds between a reading and the next
   * @param onIncident told once for each stretch of readings that fail; what was read before stays in force
   * @returns how to stop
   */
  follow(everyMs: number, onIncident: (error: unknown) => void): () => void;
  onboard(request: OnboardRequest): Promise<TenantAnswer>;
  change(request: ChangeRequest): Promise<TenantAnswer>;
  /** Switches off (`off`) or on again. */
  turn(request: Actor & { readonly target: SwitchTarget; readonly off: boolean }): Promise<SwitchAnswer>;
  list(): readonly TenantView[];
  get(id: string): TenantView | null;
  switches(): readonly ThrownSwitch[];
}

/** Builds the registry; `rebuild` or `catchUp` takes up what the journal remembers. */
export function createTenants(parts: TenantsParts): Tenants {
  const { registry, version, act, ...log } = createTenantLog(parts);
  const get = (id: string): TenantView | null => viewOf(registry(), id);
  const answered = (id: string, done: Acted): TenantAnswer => {
    if (!done.ok) return done;
    const tenant = get(id);
    if (tenant === null) throw new RangeError(`the tenant ${id} was recorded and is not on record`);
    return { ok: true, tenant };
  };
  return {
    get version() {
      return version();
    },
    has: (tenant) => registry().tenants.has(tenant),
    issuersOf: (tenant) => registry().tenants.get(tenant)?.issuers ?? [],
    ownerOf: (issuer) => registry().owners.get(issuer),
    stopping: (call) => registry().switches.stopping(call),
    quotaOf: (tenant) => registry().tenants.get(tenant)?.quotas ?? null,
    position: log.position,
    rebuild: log.rebuild,
    catchUp: log.catchUp,
    follow: (everyMs, onIncident) => follow(log.catchUp, everyMs, onIncident),
    onboard: async (request) => answered(request.id, await act((context) => onboard(context, request))),
    change: async (request) => answered(request.id, await act((context) => change(context, request))),
    turn: (request) => act((context) => setSwitch(context, request)),
    list: () => [...registry().tenants.keys()].flatMap((id) => get(id) ?? []),
    get,
    switches: () => registry().switches.all(),
  };
}

function viewOf({ tenants, switches }: Registry, id: string): TenantView | null {
  const tenant = tenants.get(id);
  if (tenant === undefined) return null;
  const suspended = switches.get({ what: 'tenant', name: id, of: null }) !== undefined;
  return { ...tenant, state: suspended ? 'suspended' : 'active' };
}
