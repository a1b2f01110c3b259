import { openPostgresReader } from '@sallyport/adapter-postgres';
import type { ClusterConfig, Envelope, StationName } from '@sallyport/contracts';
import { createStationEnd, type StationEndParts } from '@sallyport/transport';
import { createLogger, createMetrics, type Logger, type TransportStationOptions } from '@sallyport/service';
import { aboutFile, loadCluster, type LoadedCluster, NotServed, problemText } from '@sallyport/config';
import { observing } from '../observing.ts';
import { createStationRuntime, followFiles, systemClock, systemIds } from '@sallyport/runtime';
import { postgresCheck, redisCheck } from './checks.ts';
import { connectBus, connectCounters, postgresConnection } from './connections.ts';
import { type RunningService, type ServiceStart, startStation } from './start-station.ts';

type GuardStation = Exclude<StationName, 'audit'>;

/**
 * Starts a station that judges: it takes envelopes from its topic, asks its guards, and passes them on.
 *
 * @throws NotServed, ListenError, and what the servers that it needs throw
 */
export async function serveStation(
  name: GuardStation,
  { config, logger = createLogger(), ...start }: ServiceStart = {},
): Promise<RunningService> {
  const cluster = await loadCluster(config);
  const hosted = hostedBy(name, cluster.cluster, cluster.loaded.file);
  const prepare = (opened: AsyncDisposableStack): Promise<TransportStationOptions> =>
    prepareStation({ name, cluster, hosted, logger }, opened);
  return startStation({ config: cluster.loaded.config, logger, start, prepare });
}

interface Preparing {
  readonly name: GuardStation;
  readonly cluster: LoadedCluster;
  readonly hosted: readonly GuardStation[];
  readonly logger: Logger;
}

async function prepareStation(
  { name, cluster, hosted, logger }: Preparing,
  opened: AsyncDisposableStack,
): Promise<TransportStationOptions> {
  const { loaded, secrets } = cluster;
  const ids = systemIds(systemClock);
  const instance = ids.random(9);
  const who = { service: name, instance };
  const signing = hosted.map((station) => ({ name: station, key: secrets.keys(`mac-${station}`) }));
  const metrics = createMetrics({ isKnown: () => false });
  const { observer, shutdown } = await observing([metrics.observer], logger);
  opened.defer(shutdown);

  const reader = await openPostgresReader({ connection: postgresConnection(cluster, 'sallyport_reader') });
  opened.defer(() => reader.close());
  const { bus, topics, time } = await connectBus(cluster, who, { logger, observer });
  metrics.watchClock(time.skewMs);
  opened.defer(() => bus.close());
  const redis = hosted.includes('rate-limit') ? await connectCounters(cluster, who, { logger, observer }) : null;
  opened.defer(() => redis?.close());
  const runtime = await createStationRuntime({
    ...reader,
    loaded,
    counters: redis?.counters ?? null,
    logger,
    observer,
  });
  const files = followFiles({ loaded, runtime, act: () => runtime.follow(), logger, observer });
  opened.defer(files.stop);

  /** A gateway may have read files that this program has not looked at yet. */
  async function judged(station: GuardStation, envelope: Envelope): Promise<Envelope> {
    if (!runtime.has(station, envelope.settings)) await files.refresh();
    return runtime.judge(station, envelope);
  }

  const { prefix } = cluster.cluster.kafka;
  const parts: StationEndParts = {
    ...{ bus, topics, time, prefix, clock: systemClock, ids, observer, instance },
    async reload() {
      const problems = (await files.reload()).map(problemText);
      return { problems, settings: files.settings(), policy: runtime.policy() };
    },
    hosted: signing.map((one) => ({ ...one, judge: (envelope) => judged(one.name, envelope) })),
  };
  return {
    open: () => createStationEnd(parts),
    metrics,
    checks: async () => [
      ...runtime.checks(),
      await postgresCheck(reader),
      ...(redis === null ? [] : [redisCheck(redis)]),
    ],
  };
}

/** The stations that this program hosts. One that lives with another has no program of its own. */
function hostedBy(name: GuardStation, { colocate }: ClusterConfig, file: string): readonly GuardStation[] {
  const group = colocate.find((one) => one.includes(name)) ?? [name];
  if (group[0] === name) return group;
  const hint = `Start the ${String(group[0])} service instead: it hosts both.`;
  throw new NotServed([aboutFile(file, `cluster.colocate: ${name} lives with another`, hint)]);
}
