import type { RelayMarks, TenantList } from '@sallyport/contracts';
import { createWakeSignal, thrownText } from '@sallyport/base';
import { type TenantRelay, type TenantRelayParts, openTenantRelay } from './tenant-relay.ts';

export interface RelayParts extends Omit<TenantRelayParts, 'marks' | 'batch' | 'idleMs'> {
  readonly tenants: TenantList;
  readonly marks: RelayMarks;
  /** Most events of a tenant that go out together. */
  readonly batch?: number;
  /** Milliseconds between looks at a tenant that is busy; up to twenty times that for one that is not. */
  readonly idleMs?: number;
}

/** Carries the journal out to the feed's topic. */
export interface Relay {
  start(): void;
  /** Finishes what is in hand: sent, acknowledged, marked. Can be started again. */
  stop(): Promise<void>;
  /** Something was committed: a tenant that has been quiet is looked at now, a busy one at its next turn. */
  wake(tenant: string): void;
}

/**
 * Sends every event of every tenant to `topic`, in the order of the log, and marks how far it came. What a crash leaves
 * between acknowledgement and mark goes out twice; nothing is left out. Two relays of one journal do no harm, they send twice.
 */
export function createRelay({ batch = 500, idleMs = 50, ...parts }: RelayParts): Relay {
  let current: Run | null = null;
  let stopped = Promise.resolve();

  return {
    start() {
      current ??= run({ ...parts, batch, idleMs }, stopped);
    },
    async stop() {
      if (current) stopped = current.stop();
      current = null;
      await stopped;
    },
    wake(tenant) {
      const tenantRelay = current?.tenantRelays.get(tenant);
      if (tenantRelay) tenantRelay.wake();
      else current?.look();
    },
  };
}

/** From one start to its stop. */
interface Run {
  readonly tenantRelays: ReadonlyMap<string, TenantRelay>;
  /** Looks for new tenants now. */
  look(): void;
  stop(): Promise<void>;
}

function run(parts: Required<RelayParts>, before: Promise<void>): Run {
  const { tenants, marks, observer, idleMs } = parts;
  const tenantRelays = new Map<string, TenantRelay>();
  const wake = createWakeSignal();
  let running = true;
  let failing = false;

  /** Opens a relay for each tenant without one. Marks are read as late as that: another relay may have come further. */
  async function findTenants(): Promise<void> {
    const fresh = (await tenants.tenants()).filter((tenant) => !tenantRelays.has(tenant));
    if (fresh.length === 0) return;
    const known = await marks.read();
    for (const tenant of fresh) tenantRelays.set(tenant, openTenantRelay(parts, tenant, known.get(tenant) ?? 0));
  }

  async function follow(): Promise<void> {
    await before;
    while (running) {
      try {
        await findTenants();
        failing = false;
      } catch (error) {
        if (!failing) observer.incident('feed_stalled', thrownText(error));
        failing = true;
      }
      await (failing ? wake.rest(idleMs * 20) : wake.sleep(idleMs * 10));
    }
  }

  const following = follow();
  return {
    tenantRelays,
    look: wake.ring,
    async stop() {
      running = false;
      wake.close();
      await following;
      await Promise.all([...tenantRelays.values()].map((tenantRelay) => tenantRelay.stop()));
    },
  };
}
