import { openPostgresReader } from '@sallyport/adapter-postgres';
import type { ClusterConfig, Envelope, StationName } from '@sallyport/contracts';
import { createStationEnd, type StationEndParts } from '@sallyport/corridor';
import type { CorridorStationOptions } from '@sallyport/station-corridor';
import { createLogger, createMetrics, type Logger } from '@sallyport/service';
import { problemText } from '../config-problems.ts';
import { NotServed } from '../not-served.ts';
import { observing } from '../observing.ts';
import { systemClock, systemIds } from '../system.ts';
import { postgresCheck, redisCheck } from './checks.ts';
import { connectBus, connectCounters, postgresConnection } from './connections.ts';
import { followFiles } from './follow.ts';
import { type LoadedCluster, loadCluster } from './load-cluster.ts';
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
  const hosted = hostedBy(name, cluster.cluster, cluster.loaded.file);
  const furnish = (opened: AsyncDisposableStack): Promise<CorridorStationOptions> =>
    furnishStation({ name, cluster, hosted, logger }, opened);
  return startStation({ config: cluster.loaded.config, logger, start, furnish });
}

interface Furnishing {
  readonly name: JudgingStation;
  readonly cluster: LoadedCluster;
  readonly hosted: readonly JudgingStation[];
  readonly logger: Logger;
}

async function furnishStation(
  { name, cluster, hosted, logger }: Furnishing,
  opened: AsyncDisposableStack,
): Promise<CorridorStationOptions> {
  const { loaded, secrets } = cluster;
  const ids = systemIds(systemClock);
  const instance = ids.random(9);
  const who = { service: name, instance };
  const signing = hosted.map((station) => ({ name: station, key: secrets.keys(`mac-${station}`) }));
  const metrics = createMetrics({ isTool: () => false });
  const { observer, shutdown } = await observing(metrics, logger);
  opened.defer(shutdown);

  const reader = await openPostgresReader({ connection: postgresConnection(cluster, 'sallyport_reader') });
  opened.defer(() => reader.close());
  const { bus, topics, time } = await connectBus(cluster, who, { logger, observer });
  metrics.watchClock(time.skewMs);
  opened.defer(() => bus.close());
  const redis = hosted.includes('rate-limit') ? await connectCounters(cluster, who, logger) : null;
  opened.defer(() => redis?.close());
  const room = await openRoom({ ...reader, loaded, counters: redis?.counters ?? null, logger, observer });
  const files = followFiles({ loaded, room, act: () => room.follow(), logger, observer });
  opened.defer(files.stop);

  /** A gateway may have read files that this program has not looked at yet. */
  async function judged(station: JudgingStation, envelope: Envelope): Promise<Envelope> {
    if (!room.has(station, envelope.settings)) await files.refresh();
    return room.judge(station, envelope);
  }

  const { prefix } = cluster.cluster.kafka;
  const parts: StationEndParts = {
    ...{ bus, topics, time, prefix, clock: systemClock, ids, observer, instance },
    async reload() {
      const problems = (await files.reload()).map(problemText);
      return { problems, settings: files.settings(), policy: room.policy() };
    },
    hosted: signing.map((one) => ({ ...one, judge: (envelope) => judged(one.name, envelope) })),
  };
  return {
    open: () => createStationEnd(parts),
    metrics,
    checks: async () => [...room.checks(), await postgresCheck(reader), ...(redis === null ? [] : [redisCheck(redis)])],
  };
}

/** The stations that this program hosts. One that lives with another has no program of its own. */
function hostedBy(name: JudgingStation, { together }: ClusterConfig, file: string): readonly JudgingStation[] {
  const group = together.find((one) => one.includes(name)) ?? [name];
  if (group[0] === name) return group;
  const hint = `Start the ${String(group[0])} service instead: it hosts both.`;
  throw new NotServed([{ file, line: 1, column: 1, message: `cluster.together: ${name} lives with another`, hint }]);
}
