import { createApprovals, type WaitingQuestion } from '@sallyport/approvals';
import type { Directory, Journal, Lease, Leases, Observer, TenantList, Vault } from '@sallyport/contracts';
import { type RecordParts, sweep } from '@sallyport/pipeline';
import type { Notices } from './notices.ts';

export interface MaintenanceParts {
  readonly records: RecordParts;
  readonly journal: Journal;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly tenants: TenantList;
  readonly leases: Leases;
  readonly relay: { start(): void; stop(): Promise<void> };
  /** What tells people of the questions that wait. */
  readonly notices: (waiting: () => readonly WaitingQuestion[]) => Notices;
  readonly observer: Observer;
  readonly instance: string;
  /** A call that was allowed longer ago than this is over, no matter who has it: milliseconds. */
  readonly overdueMs: number;
}

/** What one of all audit processes does at a time. */
export interface Maintenance {
  /** Takes the lease if it is free, and does what is due. Never throws. */
  tick(): Promise<void>;
  /** Does nothing any more, and gives the lease to the others. */
  stop(): Promise<void>;
}

const leaseMs = 5_000;
const sweepEveryMs = 30_000;

/**
 * Relays the feed, tells people of questions, records the unknown outcome of calls whose gateway is gone, and closes questions that
 * ran out. Two processes that do it at once do no harm (commands are idempotent), so a lease that is late is enough.
 */
export function createMaintenance(parts: MaintenanceParts): Maintenance {
  const { leases, relay, observer, instance, tenants, records, overdueMs } = parts;
  // It judges no call, so it needs to remember no answer.
  const handler = createApprovals({ ...records, ...parts, source: '/audit', refuseAgainFor: () => 0 });
  const notices = parts.notices(handler.waiting);
  let lease: Lease | null = null;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let round = Promise.resolve();
  const live = async (): Promise<ReadonlySet<string>> => new Set(await leases.holders('reply'));
  const sweeping = {
    ...records,
    journal: parts.journal,
    boot: instance,
    live,
    overdueMs,
    swept: new Map<string, number>(),
  };

  async function lead(): Promise<boolean> {
    if (lease?.held() === true) return true;
    if (lease !== null) await relay.stop();
    lease = await leases.take({ name: 'maintenance', slots: 1, holder: instance, ttlMs: leaseMs });
    if (lease !== null) relay.start();
    return lease !== null;
  }

  async function sweepDue(known: readonly string[]): Promise<void> {
    const now = records.clock.monotonic();
    if (now - sweptAt < sweepEveryMs) return;
    sweptAt = now;
    // One whose log can't be read in time must not keep the calls of the others open.
    const failed = (error: unknown): void => observer.incident('sweep_failed', String(error));
    for (const tenant of known) if (!stopped) await sweep(sweeping, tenant).catch(failed);
  }

  async function doDue(): Promise<void> {
    try {
      if (!(await lead())) return;
      const known = await tenants.tenants();
      await handler.catchUp(known);
      await handler.expireDue();
      notices.round();
      await sweepDue(known);
    } catch (error) {
      observer.incident('maintenance_failed', String(error));
    }
  }

  return {
    tick() {
      if (!stopped) round = doDue();
      return round;
    },
    async stop() {
      stopped = true;
      notices.stop();
      // One that is under way may be about to take the lease and to start the relay.
      await round;
      await relay.stop();
      await lease?.release();
    },
  };
}
