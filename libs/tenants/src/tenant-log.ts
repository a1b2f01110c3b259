import { serialize } from '@sallyport/base';
import type { Clock, Ids, Journal, NewEvent } from '@sallyport/contracts';
import type { ActRefusal, ActContext, Decided, Fact } from './acts.ts';
import { createRegistry, type Registry, registryKind } from './registry.ts';

export interface TenantLogParts {
  readonly journal: Journal;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'ulid'>;
  /** The tenant whose log holds what concerns the whole system. */
  readonly systemTenant: string;
  /** Issuers that the configuration names: no tenant of the registry may claim one. */
  readonly configured?: () => readonly string[];
  /** URLs that the operator names: issuers there may be at private addresses, or by http. */
  readonly named?: () => readonly string[];
}

export type Acted =
  { readonly ok: true; /** False where it stood so already. */ readonly changed: boolean } | ActRefusal;

/** The registry as far as it was read, and the only way to add to it. */
export interface TenantLog {
  registry(): Registry;
  /** Another one whenever tenants or issuers changed. */
  version(): number;
  rebuild(): Promise<void>;
  catchUp(): Promise<void>;
  /** Decides over what is on record, and again when somebody else's act came between. */
  act(decide: (context: ActContext) => Decided): Promise<Acted>;
}

const page = 1_000;
/** As often is an act decided again when another administrator was faster. */
const tries = 8;

/** Reads and writes the registry's events. */
export function createTenantLog({
  journal,
  clock,
  ids,
  systemTenant,
  configured = () => [],
  named = () => [],
}: TenantLogParts): TenantLog {
  let registry = createRegistry();
  let version = 0;
  /** One reading after the other: two at once would take the same events twice. */
  const next = serialize();

  async function read(into: Registry): Promise<void> {
    for (;;) {
      const events = await journal.readAll(systemTenant, { after: into.read, limit: page, kind: registryKind });
      let changed = false;
      for (const event of events) changed = into.take(event) || changed;
      if (changed) version += 1;
      if (events.length < page) return;
    }
  }

  const catchUp = (): Promise<void> => next(() => read(registry));

  /** The old registry answers until the new one is whole. */
  async function readAgain(): Promise<void> {
    const fresh = createRegistry();
    await read(fresh);
    registry = fresh;
    version += 1;
  }

  async function isCommitted(facts: readonly Fact[]): Promise<boolean> {
    const writes = facts.map(({ stream, type, data }) => {
      const event: NewEvent = { id: ids.ulid(), type, time: new Date(clock.now()).toISOString(), ...origin, data };
      return { stream, expectedVersion: registry.versionOf(stream), events: [event] };
    });
    const commandId = writes[0]?.events[0]?.id ?? '';
    const { status } = await journal.commit({ tenant: systemTenant, commandId, writes });
    return status !== 'conflict';
  }

  async function act(decide: (context: ActContext) => Decided): Promise<Acted> {
    for (let time = 0; time < tries; time += 1) {
      await catchUp();
      const decided = decide({ registry, systemTenant, configured, named });
      if (!decided.ok) return decided;
      if (decided.facts.length === 0) return { ok: true, changed: false };
      if (!(await isCommitted(decided.facts))) continue;
      await catchUp();
      return { ok: true, changed: true };
    }
    return { ok: false, reason: 'conflict', detail: 'Others change tenants at the same time. Try again.' };
  }

  return { registry: () => registry, version: () => version, rebuild: () => next(readAgain), catchUp, act };
}

const origin = { source: '/admin', traceparent: null } as const;
