import { openPostgresJournal } from '@sallyport/adapter-postgres';
import { type AuditEndParts, createAuditEnd } from '@sallyport/corridor';
import { guards, guardsDigest } from '@sallyport/guards';
import { createLogger, createMetrics } from '@sallyport/service';
import { CorridorStationModule } from '@sallyport/station-corridor';
import { houseTenant } from '../frame.ts';
import { observing } from '../observing.ts';
import { systemClock, systemIds } from '../system.ts';
import { openAuditRoom } from './audit-room.ts';
import { closeAll } from './close-all.ts';
import { connectBus, connectCounters, postgresConnection } from './connections.ts';
import { followFiles } from './follow.ts';
import { tenantKeys } from './keys.ts';
import { loadCluster } from './load-cluster.ts';
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
  const records = { clock, ids, keys: tenantKeys(secrets), directory: postgres.directory };
  const { counters } = redis;
  const room = await openAuditRoom({ loaded, postgres, counters, bus, feed: topics.feed, records, observer, instance });
  const stopFollowing = followFiles({ loaded, room, act: () => room.tick(), everyMs: choresMs, logger, observer });
  const { prefix } = cluster.cluster.kafka;
  const parts: AuditEndParts = {
    ...{ bus, topics, prefix, clock, ids, observer, instance, houseTenant, guards },
    guardsDigest: guardsDigest(guards),
    keys: ringsOf(secrets),
    policyIsCurrent: room.policyIsCurrent,
    release: (envelope) => room.release(envelope),
    expire: (envelope, reason) => room.expire(envelope, reason),
    journal: room.journal,
  };
  return startStation({
    module: CorridorStationModule.register({
      open: () => createAuditEnd(parts),
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
      await closeAll([() => room.close(), redis.close, postgres.close, () => bus.close(), shutdown]);
    },
  });
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
