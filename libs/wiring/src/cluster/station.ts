import { openPostgresReader } from '@sallyport/adapter-postgres';
import type { ClusterConfig, StationName } from '@sallyport/contracts';
import { createStationEnd, type StationEndParts } from '@sallyport/corridor';
import { CorridorStationModule } from '@sallyport/station-corridor';
import { createLogger, createMetrics } from '@sallyport/service';
import { NotServed } from '../not-served.ts';
import { observing } from '../observing.ts';
import { systemClock, systemIds } from '../system.ts';
import { closeAll } from './close-all.ts';
import { connectBus, connectCounters, postgresConnection } from './connections.ts';
import { followFiles } from './follow.ts';
import { loadCluster } from './load-cluster.ts';
import { openRoom } from './room.ts';
import { type RunningService, type ServiceStart, startStation } from './start-station.ts';

type JudgingStation = Exclude<StationName, 'audit'>;

/**
 * Starts a station that judges: it takes envelopes from its topic, asks its guards, and passes them on.
 *
 * @throws NotServed, ListenError, and what the servers that it needs throw
 */
export async function serveStation(
  name: JudgingStation,
  { config, logger = createLogger(), ...start }: ServiceStart = {},
): Promise<RunningService> {
  const cluster = await loadCluster(config);
  const { loaded, secrets } = cluster;
  const hosted = hostedBy(name, cluster.cluster, loaded.file);
  const ids = systemIds(systemClock);
  const instance = ids.random(9);
  const who = { service: name, instance };
  const metrics = createMetrics({ isTool: () => false });
  const { observer, shutdown } = await observing(metrics, logger);

  const reader = await openPostgresReader({ connection: postgresConnection(cluster, 'sallyport_reader') });
  const { bus, topics } = await connectBus(cluster, who, logger);
  const redis = hosted.includes('rate-limit') ? await connectCounters(cluster, who, logger) : null;
  const room = await openRoom({ ...reader, loaded, counters: redis?.counters ?? null, logger, observer });
  const stopFollowing = followFiles({ loaded, room, act: () => room.follow(), logger, observer });

  const parts: Omit<StationEndParts, 'hosted'> = {
    bus,
    topics,
    prefix: cluster.cluster.kafka.prefix,
    clock: systemClock,
    ids,
    observer,
    instance,
  };
  const seats = hosted.map((station) => ({
    name: station,
    judge: room.judge.bind(null, station),
    key: secrets.keys(`mac-${station}`),
  }));
  return startStation({
    module: CorridorStationModule.register({
      open: () => createStationEnd({ ...parts, hosted: seats }),
      metrics,
      checks: async () => [
        room.check(),
        { name: 'postgres', ok: await reader.healthy(), detail: 'reads the record' },
        ...(redis === null ? [] : [{ name: 'redis', ok: redis.healthy(), detail: 'counts' }]),
      ],
    }),
    loaded,
    logger,
    start,
    close: async () => {
      stopFollowing();
      await closeAll([async () => redis?.close(), reader.close, () => bus.close(), shutdown]);
    },
  });
}

/** The stations that this program hosts. One that lives with another has no program of its own. */
function hostedBy(name: JudgingStation, { together }: ClusterConfig, file: string): readonly JudgingStation[] {
  const group = together.find((one) => one.includes(name)) ?? [name];
  if (group[0] === name) return group;
  const hint = `Start the ${String(group[0])} service instead: it hosts both.`;
  throw new NotServed([{ file, line: 1, column: 1, message: `cluster.together: ${name} lives with another`, hint }]);
}
