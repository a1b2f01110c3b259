import { serialize } from '@sallyport/base';
import type { Journal } from '@sallyport/contracts';
import { createFollower, type EventParts, type Follower, newEvent } from '@sallyport/journal';
import type { ActRefusal, ActContext, Decided, Fact } from './acts.ts';
import { createRegistry, type Registry, registryKind } from './registry.ts';

export interface TenantLogParts extends EventParts {
  readonly journal: Journal;
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
  /** The sequence of the last event that was read. */
  position(): number;
  rebuild(): Promise<void>;
  catchUp(): Promise<void>;
  /** Decides over what is on record, and again when somebody else's act came between. */
  act(decide: (context: ActContext) => Decided): Promise<Acted>;
}

/** As often is an act decided again when another administrator was faster. */
const tries = 8;

/** Reads and writes the registry's events. */
export function createTenantLog({
  journal,
  systemTenant,
  configured = () => [],
  named = () => [],
  ...parts
}: TenantLogParts): TenantLog {
  let version = 0;
  let registry = createRegistry();
  let follower = follow(registry);
  /** One reading after the other: what is read while the registry is built again must not be missing from it. */
  const next = serialize();

  function follow(into: Registry): Follower {
    return createFollower({
      journal,
      tenant: systemTenant,
      kind: registryKind,
      take(event) {
        if (into.take(event)) version += 1;
      },
    });
  }

  const catchUp = (): Promise<void> => next(() => follower.catchUp());

  /** The old registry answers until the new one is whole. */
  async function readAgain(): Promise<void> {
    const fresh = createRegistry();
    const reading = follow(fresh);
    await reading.catchUp();
    registry = fresh;
    follower = reading;
    version += 1;
  }

  async function isCommitted(facts: readonly Fact[]): Promise<boolean> {
    const writes = facts.map(({ stream, type, data }) => ({
      stream,
      expectedVersion: registry.versionOf(stream),
      events: [newEvent(parts, { type, source: '/admin', data })],
    }));
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

  const views = { registry: () => registry, version: () => version, position: () => follower.position() };
  return { ...views, rebuild: () => next(readAgain), catchUp, act };
}
