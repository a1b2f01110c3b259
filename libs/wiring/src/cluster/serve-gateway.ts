import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import type { ClusterConfig, StationName } from '@sallyport/contracts';
import { openFileSpool } from '@sallyport/adapter-sqlite';
import { openPostgresReader } from '@sallyport/adapter-postgres';
import { repeat } from '@sallyport/base';
import { createGrowth } from '@sallyport/journal';
import { createGatewayEnd, type GatewayEnd, remoteJournal } from '@sallyport/transport';
import type { HealthCheck, Logger } from '@sallyport/service';
import type { ProgramDependencies, ProgramParts } from '../open.ts';
import { serve, type Served, type ServeOptions } from '../serve.ts';
import { leaseReplyPartition, systemClock, systemIds } from '@sallyport/runtime';
import { measuredJournal } from '../measured.ts';
import { postgresCheck, redisCheck } from './checks.ts';
import { connectBus, connectCounters, postgresConnection } from './connections.ts';
import { subjectKeys, tenantKeys } from './keys.ts';
import { clusterOf } from '@sallyport/config';

/** Milliseconds between looks for the other stations. */
const lookMs = 250;
/** How often it is looked, for those who follow the record, whose log grew. */
const followMs = 250;

/**
 * Starts a gateway: the MCP edge and the admin API of a distributed deployment.
 *
 * @throws NotServed, ListenError, and what the servers that it needs throw
 */
export function serveGateway(options: ServeOptions = {}): Promise<Served> {
  return serve({ ...options, prepare: prepareGateway });
}

/** Connects, takes a reply partition, and waits until a probe came back through every station. */
async function prepareGateway(parts: ProgramParts): Promise<ProgramDependencies> {
  const opened = new AsyncDisposableStack();
  try {
    return await openServices(parts, opened);
  } catch (error) {
    // What failed first is what is told.
    await opened.disposeAsync().catch(() => undefined);
    throw error;
  }
}

async function openServices(
  { loaded, logger, observer }: ProgramParts,
  opened: AsyncDisposableStack,
): Promise<ProgramDependencies> {
  const cluster = clusterOf(loaded);
  const { secrets } = cluster;
  const clock = systemClock;
  const ids = systemIds(clock);
  const boot = ids.random(9);
  const who = { service: 'gateway', instance: boot };
  const signing = { gateway: secrets.keys('mac-gateway'), release: secrets.keys('release') };
  const keys = tenantKeys(secrets);
  const operatorToken = secrets.operatorToken();
  const spool = await openFileSpool({ directory: join(loaded.data, 'spool') });

  const reader = await openPostgresReader({
    connection: postgresConnection(cluster, 'sallyport_gateway'),
    wrap: subjectKeys(secrets),
  });
  opened.defer(() => reader.close());
  const { bus, topics, time } = await connectBus(cluster, who, { logger, observer });
  opened.defer(() => bus.close());
  const redis = await connectCounters(cluster, who, { logger, observer });
  opened.defer(() => redis.close());
  const { decision_timeout: decisionTimeoutMs, hedge: hedgeMs, kafka } = cluster.cluster;
  const { prefix } = kafka;
  const ours = { bus, topics, time, prefix, clock, ids, observer, boot, keys: signing, decisionTimeoutMs, hedgeMs };
  const end = await leaseReplyPartition({
    leases: reader.leases,
    slots: kafka.gateways,
    boot,
    decisionTimeoutMs,
    join: (inbox) => createGatewayEnd({ ...ours, inbox, programs: programsOf(cluster.cluster) }),
    warn: (message) => logger.warn(message),
  });
  opened.defer(() => end.stop());
  await untilReady(end, logger);

  const { vault, directory, subjects, tenants, texts, connections } = reader;
  const journal = measuredJournal(remoteJournal(end, reader.journal), { observer, clock });
  return {
    operatorToken,
    services: { decisions: end.decisions, boot, reloadOthers: end.reloadOthers, others: end.others },
    checks: () => checksOf(end, reader, redis),
    clockSkewMs: time.skewMs,
    stores: {
      ...{ journal, vault, directory, subjects, tenants, texts, connections, spool, keys },
      ...{ counters: redis.counters, usedIds: redis.usedIds },
      subscribe(listener) {
        const growth = createGrowth(tenants);
        // What can't be read now is told at a later look.
        return repeat(
          () => growth.each(listener).catch(() => undefined),
          () => followMs,
        );
      },
      close: () => opened.disposeAsync(),
    },
  };
}

const stations: readonly StationName[] = ['rate-limit', 'authorization', 'confirmation', 'audit'];

/** The programs beside gateways, each by the first station that it hosts. */
function programsOf({ colocate }: ClusterConfig): readonly string[] {
  const hostedElsewhere: ReadonlySet<StationName> = new Set(colocate.flatMap((group) => group.slice(1)));
  return stations.filter((name) => !hostedElsewhere.has(name));
}

async function untilReady(end: GatewayEnd, logger: Logger): Promise<void> {
  const started = performance.now();
  for (let told = false; !end.ready();) {
    await pause(lookMs);
    if (told || performance.now() - started < 5_000) continue;
    logger.info('waiting for the stations: no probe has come back through all of them yet');
    told = true;
  }
}

async function checksOf(
  end: GatewayEnd,
  reader: { healthy(): Promise<boolean> },
  redis: { healthy(): boolean },
): Promise<readonly HealthCheck[]> {
  const ok = end.ready();
  return [
    {
      name: 'decisions',
      ok,
      detail: ok ? 'a probe comes back through every station' : 'no probe has come back lately',
    },
    await postgresCheck(reader),
    redisCheck(redis),
  ];
}
