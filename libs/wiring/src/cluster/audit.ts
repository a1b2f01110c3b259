import { openPostgresJournal } from '@sallyport/adapter-postgres';
import type { Journal } from '@sallyport/contracts';
import { type Audit, createAudit, createCoalescer, type RecordParts } from '@sallyport/pipeline';
import { createAuditEnd } from '@sallyport/corridor';
import { createRelay } from '@sallyport/feed';
import { guards, guardsDigest } from '@sallyport/guards';
import { createLogger, createMetrics } from '@sallyport/service';
import { CorridorStationModule } from '@sallyport/station-corridor';
import { loadConfig, type LoadedConfig } from '../config.ts';
import { problemText } from '../config-problems.ts';
import { houseTenant } from '../frame.ts';
import { observing } from '../observing.ts';
import { systemClock, systemIds } from '../system.ts';
import { createChores } from './chores.ts';
import { closeAll } from './close-all.ts';
import { connectBus, connectCounters, postgresConnection } from './connections.ts';
import { follow } from './follow.ts';
import { tenantKeys } from './keys.ts';
import { loadCluster } from './load-cluster.ts';
import { openPolicyHistory } from './policy-history.ts';
import type { ServiceSecrets } from './secrets.ts';
import { type RunningService, type ServiceStart, startStation } from './start-station.ts';

/** How often what is due is looked for. */
const choresMs = 1_000;

/**
 * Starts audit: the one station that writes the record, and so the one that can release a call.
 *
 * @throws NotServed, ListenError, and what the servers that it needs throw
 */
export async function serveAudit({
  config,
  logger = createLogger(),
  ...start
}: ServiceStart = {}): Promise<RunningService> {
  const cluster = await loadCluster(config);
  const { loaded, secrets } = cluster;
  const clock = systemClock;
  const ids = systemIds(clock);
  const instance = ids.random(9);
  const who = { service: 'audit', instance };
  const metrics = createMetrics({ isTool: () => false });
  const { observer, shutdown } = await observing(metrics, logger);

  const connection = postgresConnection(cluster, 'sallyport_audit');
  const postgres = await openPostgresJournal({ connection, log: (message) => logger.warn(`postgres: ${message}`) });
  const { bus, topics } = await connectBus(cluster, who, logger);
  const redis = await connectCounters(cluster, who, logger);
  const { tenants, directory } = postgres;
  const journal: Journal = {
    ...postgres.journal,
    async commit(commit) {
      const committed = await postgres.journal.commit(commit);
      relay.wake(commit.tenant);
      return committed;
    },
  };
  const records: RecordParts = { clock, ids, keys: tenantKeys(secrets), directory };
  const coalescer = createCoalescer({ ...records, journal, observer });
  const history = await openPolicyHistory(journal, loaded);
  const relay = createRelay({ journal: postgres.journal, tenants, marks: postgres.marks, bus, topic: topics.feed, observer });
  const chores = createChores({ ...postgres, journal, records, relay, observer, instance });

  const auditBy = ({ config: { approvals } }: LoadedConfig): Audit =>
    createAudit({ ...records, guards, journal, counters: redis.counters, projection, coalescer, approvals, observer });
  let audit = auditBy(loaded);
  const stopFollowing = follow({
    loaded,
    everyMs: choresMs,
    act: async () => {
      await coalescer.flush();
      await chores.tick();
    },
    onFiles: async () => {
      const answer = await loadConfig(loaded.file);
      if (!answer.ok)
        return logger.error(`The last good configuration stays.\n${answer.problems.map(problemText).join('\n')}`);
      await history.take(answer.loaded);
      audit = auditBy(answer.loaded);
    },
    onFailure: (error) => observer.trouble('follow_failed', String(error)),
  });

  const open = () =>
    createAuditEnd({
      bus,
      topics,
      prefix: cluster.cluster.kafka.prefix,
      clock,
      ids,
      observer,
      instance,
      guards,
      guardsDigest: guardsDigest(guards),
      keys: ringsOf(secrets),
      policyIsCurrent: (_tenant, policy) => history.isCurrent(policy),
      release: (envelope) => audit.release(envelope),
      expire: (envelope, reason) => audit.expire(envelope, reason),
      journal,
      houseTenant,
    });
  return startStation({
    module: CorridorStationModule.register({
      open,
      metrics,
      checks: async () => [
        { name: 'postgres', ok: await postgres.healthy(), detail: 'writes the record' },
        { name: 'redis', ok: redis.healthy(), detail: 'settles limits' },
      ],
    }),
    loaded,
    logger,
    start,
    close: async () => {
      stopFollowing();
      await closeAll([
        () => coalescer.flush(),
        () => chores.stop(),
        redis.close,
        postgres.close,
        () => bus.close(),
        shutdown,
      ]);
    },
  });
}

/** Confirmation reads approvals from the record, so nothing has to be told here. */
const projection = { apply: () => undefined };

function ringsOf(secrets: ServiceSecrets) {
  return {
    gateway: secrets.keys('mac-gateway'),
    'rate-limit': secrets.keys('mac-rate-limit'),
    authorization: secrets.keys('mac-authorization'),
    confirmation: secrets.keys('mac-confirmation'),
    release: secrets.keys('release'),
  };
}
