import { createApprovals } from '@sallyport/approvals';
import type { PostgresJournal } from '@sallyport/adapter-postgres';
import type { Bus, Commit, Counters, Decision, Envelope, Journal, Observer } from '@sallyport/contracts';
import { approvalJudges, guards } from '@sallyport/guards';
import { createRelay, relayLag } from '@sallyport/journal';
import { type Audit, createAudit, createCoalescer, type RecordParts } from '@sallyport/pipeline';
import type { FileProblem, LoadedConfig } from '@sallyport/config';
import { approveCommand } from './approve-command.ts';
import { createMaintenance, type MaintenanceParts } from './audit-maintenance.ts';
import { noVault } from './no-vault.ts';
import { createNotices, type NoticesParts } from './notices.ts';
import { openPolicyHistory } from './policy-history.ts';
import { overdueBy } from './system-events.ts';

export interface AuditRuntimeParts {
  readonly loaded: LoadedConfig;
  readonly postgres: PostgresJournal;
  readonly counters: Counters;
  readonly bus: Bus;
  /** The feed's topic. */
  readonly feed: string;
  readonly records: RecordParts;
  readonly observer: Observer;
  readonly instance: string;
}

/** What audit decides and writes with. */
export interface AuditRuntime extends Audit {
  /** Counts a refusal of a call that there was no room for. */
  shed(envelope: Envelope, decision: Decision): void;
  /** The journal as this process writes it: the feed is told of each commit. */
  readonly journal: Journal;
  readonly policyIsCurrent: (tenant: string, policy: string) => boolean;
  /** Does what is due now and then. @throws JournalUnavailable */
  tick(): Promise<void>;
  /** Takes a configuration that was loaded again. */
  take(loaded: LoadedConfig): Promise<readonly FileProblem[]>;
  /** Notes why files could not even be tried, which leaves the last good ones. */
  reject(problems: readonly FileProblem[]): void;
  /** Why files that changed are not in force. */
  notTaken(): readonly FileProblem[];
  /** Writes what is counted and gives the maintenance to the others. */
  close(): Promise<void>;
}

/** Prepares the runtime of audit. */
export async function createAuditRuntime(parts: AuditRuntimeParts): Promise<AuditRuntime> {
  const { postgres, bus, feed, records, observer, instance, counters } = parts;
  const { tenants, marks } = postgres;
  const relay = createRelay({ journal: postgres.journal, tenants, marks, bus, topic: feed, observer });
  observer.watched?.('relay_lag', () => relayLag(tenants, marks));
  const history = await openPolicyHistory(postgres.journal, parts.loaded);
  const journal = telling(postgres.journal, async (commit) => {
    relay.wake(commit.tenant);
    // It is written: what can't be read now is read at the next look.
    if (takesPolicies(commit)) await history.catchUp().catch(() => undefined);
  });
  const coalescer = createCoalescer({ ...records, journal, observer });
  const overdueMs = overdueBy(parts.loaded);
  let { loaded } = parts;
  let notTaken: readonly FileProblem[] = [];
  const notices = noticesBy({ loaded: () => loaded, observer, clock: records.clock });
  const maintaining = { ...postgres, journal, records, relay, observer, instance, overdueMs, notices };
  const maintenance = createMaintenance(maintaining);
  const refuseAgainFor = (): number => loaded.config.approvals.refuse_again_for;
  const handler = createApprovals({ ...records, journal, vault: noVault, refuseAgainFor });
  const auditBy = ({ config }: LoadedConfig): Audit =>
    createAudit({
      ...records,
      guards,
      journal,
      counters,
      projection: handler,
      approvalJudges: approvalJudges({ ...records, approvals: handler }, config),
      coalescer,
      approvals: config.approvals,
      observer,
    });
  let audit = auditBy(parts.loaded);

  return {
    journal,
    release: (envelope) => audit.release(envelope),
    expire: (envelope, reason) => audit.expire(envelope, reason),
    shed: coalescer.count,
    policyIsCurrent: (_tenant, policy) => history.isCurrent(policy),
    async tick() {
      await history.catchUp();
      await coalescer.flush();
      await maintenance.tick();
    },
    async take(next) {
      await history.take(next);
      loaded = next;
      audit = auditBy(loaded);
      notTaken = [];
      return [];
    },
    reject: (problems) => void (notTaken = problems),
    notTaken: () => notTaken,
    async close() {
      await coalescer.close();
      await maintenance.stop();
    },
  };
}

/** Where gateways are, only the configuration can say here. */
function noticesBy(parts: Pick<NoticesParts, 'loaded' | 'observer' | 'clock'>): MaintenanceParts['notices'] {
  function approveWith(approval: string): string | null {
    const { config } = parts.loaded();
    return config.public_url === undefined ? null : approveCommand(approval, { config, url: config.public_url });
  }
  return (waiting) => createNotices({ ...parts, waiting, approveWith });
}

/** The journal; `told` of each commit that is written. */
function telling(journal: Journal, told: (commit: Commit) => Promise<void>): Journal {
  return {
    ...journal,
    async commit(commit) {
      const committed = await journal.commit(commit);
      await told(commit);
      return committed;
    },
  };
}

/** A gateway says that it took other policies: those before are out of force here from then on. */
function takesPolicies({ writes }: Commit): boolean {
  return writes.some(({ events }) => events.some(({ type }) => type === 'policy.activated'));
}
