import { createApprovals, type WaitingQuestion } from '@sallyport/approvals';
import type { Directory, Journal, Lease, Leases, Observer, TenantList, Vault } from '@sallyport/contracts';
import { createGrowth } from '@sallyport/journal';
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
  const { leases, relay, observer, instance, tenants, records } = parts;
  // It judges no call, so it needs to remember no answer.
  const handler = createApprovals({ ...records, ...parts, source: '/audit', refuseAgainFor: () => 0 });
  const notices = parts.notices(handler.waiting);
  let lease: Lease | null = null;
  let stopped = false;
  let round = Promise.resolve();
  const growth = createGrowth(tenants);
  const sweeper = createSweeper(parts);
  /** Tenants whose log grew, and whose approvals are not read yet. */
  const behind = new Set<string>();
  const failed = (error: unknown): void => observer.incident('maintenance_failed', String(error));

  /** One whose log can't be read is read again the next time, and holds up nobody else. */
  async function catchUp(): Promise<void> {
    for (const tenant of behind) {
      if (stopped) return;
      await handler.catchUp([tenant]).then(() => behind.delete(tenant), failed);
    }
  }

  async function lead(): Promise<boolean> {
    if (lease?.held() === true) return true;
    if (lease !== null) await relay.stop();
    lease = await leases.take({ name: 'maintenance', slots: 1, holder: instance, ttlMs: leaseMs });
    if (lease !== null) relay.start();
    return lease !== null;
  }

  async function doDue(): Promise<void> {
    try {
      if (!(await lead())) return;
      await growth.each((tenant) => {
        behind.add(tenant);
        sweeper.grown(tenant);
      });
      await catchUp();
      await handler.expireDue();
      notices.round();
      await sweeper.sweepDue();
    } catch (error) {
      failed(error);
    }
  }

  return {
    tick() {
      if (!stopped) round = doDue();
      return round;
    },
    async stop() {
      stopped = true;
      sweeper.stop();
      notices.stop();
      // One that is under way may be about to take the lease and to start the relay.
      await round;
      await relay.stop();
      await lease?.release();
    },
  };
}

interface Sweeper {
  /** The log of a tenant is longer than it was. */
  grown(tenant: string): void;
  /** Sweeps now and then: those whose log grew, and those with a call that may have been under way. */
  sweepDue(): Promise<void>;
  stop(): void;
}

function createSweeper({ records, journal, leases, observer, instance, overdueMs }: MaintenanceParts): Sweeper {
  const live = async (): Promise<ReadonlySet<string>> => new Set(await leases.holders('reply'));
  const sweeping = { ...records, journal, boot: instance, live, overdueMs, swept: new Map<string, number>() };
  const due = new Set<string>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  let stopped = false;

  return {
    grown: (tenant) => void due.add(tenant),
    async sweepDue() {
      const now = records.clock.monotonic();
      if (now - sweptAt < sweepEveryMs) return;
      sweptAt = now;
      // One whose log can't be read in time must not keep the calls of the others open.
      const failed = (error: unknown): void => observer.incident('sweep_failed', String(error));
      for (const tenant of due) {
        if (stopped) return;
        const swept = await sweep(sweeping, tenant).catch(failed);
        if (swept?.underWay === 0) due.delete(tenant);
      }
    },
    stop: () => void (stopped = true),
  };
}
