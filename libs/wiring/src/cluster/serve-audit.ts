import { openPostgresJournal } from '@sallyport/adapter-postgres';
import { type AuditEndParts, createAuditEnd } from '@sallyport/transport';
import { guards, guardsDigest } from '@sallyport/guards';
import { createLogger, createMetrics, type Logger, type TransportStationOptions } from '@sallyport/service';
import {
  createAuditRuntime,
  configurationCheck,
  followFiles,
  systemClock,
  systemIds,
  systemTenant,
  version,
} from '@sallyport/runtime';
import { observing } from '../observing.ts';
import { loadCluster, type LoadedCluster, problemText, type ServiceSecrets } from '@sallyport/config';
import { measuredJournal } from '../measured.ts';
import { postgresCheck, redisCheck } from './checks.ts';
import { connectBus, connectCounters, postgresConnection } from './connections.ts';
import { subjectKeys, tenantKeys } from './keys.ts';
import { type RunningService, type ServiceStart, startStation } from './start-station.ts';

/** How often what is due is looked for. */
const maintenanceMs = 1_000;

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
  const prepare = (opened: AsyncDisposableStack): Promise<TransportStationOptions> =>
    prepareAudit(cluster, logger, opened);
  return startStation({ config: cluster.loaded.config, logger, start, prepare });
}

async function prepareAudit(
  cluster: LoadedCluster,
  logger: Logger,
  opened: AsyncDisposableStack,
): Promise<TransportStationOptions> {
  const { loaded, secrets } = cluster;
  const clock = systemClock;
  const ids = systemIds(clock);
  const instance = ids.random(9);
  const who = { service: 'audit', instance };
  const rings = ringsOf(secrets);
  const keys = tenantKeys(secrets);
  const metrics = createMetrics({ isKnown: () => false });
  const { observer, shutdown } = await observing([metrics.observer], logger);
  opened.defer(shutdown);

  const connection = postgresConnection(cluster, 'sallyport_audit');
  const store = await openPostgresJournal({
    connection,
    wrap: subjectKeys(secrets),
    log: (message) => logger.warn(message),
    onCommits: (count) => observer.measured?.('commit_size', '', count),
  });
  opened.defer(() => store.close());
  const postgres = { ...store, journal: measuredJournal(store.journal, { observer, clock }) };
  const { bus, topics, time } = await connectBus(cluster, who, { logger, observer });
  metrics.watchClock(time.skewMs);
  opened.defer(() => bus.close());
  const redis = await connectCounters(cluster, who, { logger, observer });
  opened.defer(() => redis.close());
  const records = { clock, ids, keys, directory: postgres.directory, code: version };
  const { counters } = redis;
  const { feed } = topics;
  const runtime = await createAuditRuntime({ loaded, postgres, counters, bus, feed, records, observer, instance });
  opened.defer(() => runtime.close());
  const files = followFiles({ loaded, runtime, act: () => runtime.tick(), everyMs: maintenanceMs, logger, observer });
  opened.defer(files.stop);

  const { prefix } = cluster.cluster.kafka;
  const parts: AuditEndParts = {
    ...{ bus, topics, time, prefix, clock, ids, observer, instance, systemTenant, guards },
    guardsDigest: guardsDigest(guards),
    settings: { current: files.settings, refresh: files.refresh },
    reload: async () => ({
      problems: (await files.reload()).map(problemText),
      settings: files.settings(),
      policy: null,
    }),
    keys: rings,
    policyIsCurrent: runtime.policyIsCurrent,
    release: (envelope) => runtime.release(envelope),
    expire: (envelope, reason) => runtime.expire(envelope, reason),
    shed: runtime.shed,
    journal: runtime.journal,
  };
  return {
    open: () => createAuditEnd(parts),
    metrics,
    checks: async () => [await postgresCheck(postgres), redisCheck(redis), configurationCheck(runtime.notTaken())],
  };
}

function ringsOf(secrets: ServiceSecrets): AuditEndParts['keys'] {
  return {
    gateway: secrets.keys('mac-gateway'),
    'rate-limit': secrets.keys('mac-rate-limit'),
    authorization: secrets.keys('mac-authorization'),
    confirmation: secrets.keys('mac-confirmation'),
    release: secrets.keys('release'),
  };
}
