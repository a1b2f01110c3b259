import type {
  Clock,
  Ids,
  Journal,
  NewEvent,
  Quotas,
  Switches,
  SwitchTarget,
  TenantRegister,
} from '@sallyport/contracts';
import {
  type ActRefusal,
  type Bench,
  change,
  type ChangeRequest,
  type Decided,
  type Doer,
  type Fact,
  onboard,
  type OnboardRequest,
  turn,
} from './acts.ts';
import { createRegistry, type Registry, registryKind, type Tenant } from './registry.ts';
import type { ThrownSwitch } from './switchboard.ts';

export interface TenantsParts {
  readonly journal: Journal;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'ulid'>;
  /** The tenant whose log holds what concerns the whole house. */
  readonly house: string;
  /** Issuers that the configuration names: no tenant of the registry may claim one. */
  readonly configured?: () => readonly string[];
}

/** A tenant as it stands. */
export interface TenantView extends Tenant {
  readonly state: 'active' | 'suspended';
}

export type TenantAnswer = { readonly ok: true; readonly tenant: TenantView } | ActRefusal;
export type SwitchAnswer =
  { readonly ok: true; /** False where it stood so already. */ readonly changed: boolean } | ActRefusal;

/** Onboarded tenants and kill switches, over the house's log. All that is asked at a call is answered from memory. */
export interface Tenants extends Switches, Quotas, TenantRegister {
  /** Forgets everything and reads the log from its beginning. */
  rebuild(): Promise<void>;
  /** Reads what was recorded since, by whatever process. */
  catchUp(): Promise<void>;
  /**
   * Catches up again and again, so that what another process recorded counts here.
   *
   * @param everyMs milliseconds between a reading and the next
   * @param onTrouble told once for each stretch of readings that fail; what was read before stays in force
   * @returns how to stop
   */
  follow(everyMs: number, onTrouble: (error: unknown) => void): () => void;
  onboard(request: OnboardRequest): Promise<TenantAnswer>;
  change(request: ChangeRequest): Promise<TenantAnswer>;
  /** Switches off (`off`) or on again. */
  turn(request: Doer & { readonly target: SwitchTarget; readonly off: boolean }): Promise<SwitchAnswer>;
  list(): readonly TenantView[];
  get(id: string): TenantView | null;
  switches(): readonly ThrownSwitch[];
}

const page = 1_000;
/** As often is an act decided anew when another administrator was faster. */
const tries = 8;

/** Builds the registry; `rebuild` or `catchUp` takes up what the journal remembers. */
export function createTenants({ journal, clock, ids, house, configured = () => [] }: TenantsParts): Tenants {
  let registry = createRegistry();
  let version = 0;
  let turnOf: Promise<unknown> = Promise.resolve();

  async function read(into: Registry): Promise<void> {
    for (;;) {
      const events = await journal.readAll(house, { after: into.read, limit: page, kind: registryKind });
      let changed = false;
      for (const event of events) changed = into.take(event) || changed;
      if (changed) version += 1;
      if (events.length < page) return;
    }
  }

  /** One reading after the other: two at once would take the same events twice. */
  function inTurn(reading: () => Promise<void>): Promise<void> {
    const next = turnOf.then(reading);
    turnOf = next.catch(() => undefined);
    return next;
  }

  const catchUp = (): Promise<void> => inTurn(() => read(registry));

  /** The old registry answers until the new one is whole. */
  async function readAnew(): Promise<void> {
    const fresh = createRegistry();
    await read(fresh);
    registry = fresh;
    version += 1;
  }

  function commit(facts: readonly Fact[]) {
    const events = facts.map(({ stream, type, data }) => ({ stream, event: eventOf(type, data) }));
    const writes = events.map(({ stream, event }) => ({
      stream,
      expectedVersion: registry.versionOf(stream),
      events: [event],
    }));
    return journal.commit({ tenant: house, commandId: events[0]?.event.id ?? '', writes });
  }

  function eventOf(type: Fact['type'], data: Fact['data']): NewEvent {
    const time = new Date(clock.now()).toISOString();
    return { id: ids.ulid(), type, time, source: '/admin', traceparent: null, data };
  }

  /** Decides over what is on record, and again when somebody else's act came between. */
  async function act(decide: (bench: Bench) => Decided): Promise<{ ok: true; changed: boolean } | ActRefusal> {
    for (let time = 0; time < tries; time += 1) {
      await catchUp();
      const decided = decide({ registry, house, configured });
      if (!decided.ok) return decided;
      if (decided.facts.length === 0) return { ok: true, changed: false };
      const { status } = await commit(decided.facts);
      if (status === 'conflict') continue;
      await catchUp();
      return { ok: true, changed: true };
    }
    return { ok: false, reason: 'conflict', detail: 'Others change tenants at the same time. Try again.' };
  }

  function viewOf(tenant: Tenant): TenantView {
    const suspended = registry.switches.get({ what: 'tenant', name: tenant.id, of: null }) !== undefined;
    return { ...tenant, state: suspended ? 'suspended' : 'active' };
  }

  function get(id: string): TenantView | null {
    const tenant = registry.tenants.get(id);
    return tenant === undefined ? null : viewOf(tenant);
  }

  function answered(id: string, done: { ok: true } | ActRefusal): TenantAnswer {
    const tenant = get(id);
    if (!done.ok) return done;
    if (tenant === null) throw new RangeError(`the tenant ${id} was recorded and is not on record`);
    return { ok: true, tenant };
  }

  return {
    get version() {
      return version;
    },
    has: (tenant) => registry.tenants.has(tenant),
    hasIssuers: (tenant) => (registry.tenants.get(tenant)?.issuers.length ?? 0) > 0,
    ownerOf: (issuer) => registry.owners.get(issuer),
    stopping: (call) => registry.switches.stopping(call),
    quotaOf: (tenant) => registry.tenants.get(tenant)?.quotas ?? null,
    rebuild: () => inTurn(readAnew),
    catchUp,
    follow: (everyMs, onTrouble) => follow(catchUp, everyMs, onTrouble),
    onboard: async (request) => answered(request.id, await act((bench) => onboard(bench, request))),
    change: async (request) => answered(request.id, await act((bench) => change(bench, request))),
    turn: (request) => act((bench) => turn(bench, request)),
    list: () => [...registry.tenants.values()].map(viewOf),
    get,
    switches: () => registry.switches.all(),
  };
}

function follow(catchUp: () => Promise<void>, everyMs: number, onTrouble: (error: unknown) => void): () => void {
  let stopped = false;
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  const again = (): void => {
    if (!stopped) timer = setTimeout(() => void once(), everyMs).unref();
  };
  const once = (): Promise<void> =>
    catchUp()
      .then(
        () => (failing = false),
        (error: unknown) => {
          if (!failing && !stopped) onTrouble(error);
          failing = true;
        },
      )
      .then(again);
  again();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
