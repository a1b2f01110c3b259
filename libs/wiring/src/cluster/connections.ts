import { type Bus, BusUnavailable, type Observer } from '@sallyport/contracts';
import { openKafkaBus } from '@sallyport/adapter-kafka';
import type { PostgresConnection } from '@sallyport/adapter-postgres';
import { type OpenRedisCounters, openRedisCounters } from '@sallyport/adapter-redis';
import { type BrokerTime, createBrokerTime, type Topics, topicSpecs, topicsOf } from '@sallyport/transport';
import type { Logger } from '@sallyport/service';
import { goBy, machineClock } from '@sallyport/runtime';
import type { LoadedCluster } from '@sallyport/config';
import { measuredBus } from '../measured.ts';

/** The service that connects: its user at the broker, and this process among its instances. */
export interface ConnectingService {
  readonly service: string;
  readonly instance: string;
}

interface Watching {
  readonly logger: Logger;
  readonly observer: Observer;
}

/** The broker, as a service has it. */
export interface Broker {
  readonly bus: Bus;
  readonly topics: Topics;
  readonly time: BrokerTime;
}

/**
 * Connects to the broker as a service, and sees to it that the topics are there. This process goes by the broker's clock
 * from when it was measured.
 *
 * @throws BusUnavailable
 */
export async function connectBus(
  { cluster: { kafka }, secrets }: LoadedCluster,
  { service, instance }: ConnectingService,
  { logger, observer }: Watching,
): Promise<Broker> {
  const password = secrets.password('kafka');
  const bus = await openKafkaBus({
    client: kafka.client,
    brokers: kafka.brokers,
    clientId: `${service}-${instance}`,
    ...(password === null ? {} : { sasl: { mechanism: 'scram-sha-512', username: service, password } }),
    tls: kafka.tls,
    replication: kafka.replication,
    log: (level, message, fields) => logger[level](`kafka: ${message}`, fields),
  });
  const topics = topicsOf(kafka.prefix);
  try {
    await bus.ensure(topicSpecs(topics, kafka));
    const time = createBrokerTime({ clock: machineClock, observer });
    goBy(time.now);
    return { bus: measuredBus(bus, { observer, clock: machineClock, time }), topics, time };
  } catch (error) {
    await bus.close();
    throw error instanceof BusUnavailable ? error : new BusUnavailable(String(error), { cause: error });
  }
}

/** Opens the counters. Redis may be away: then each limit does what it says. */
export function connectCounters(
  { cluster: { redis }, secrets }: LoadedCluster,
  { service }: ConnectingService,
  { logger, observer }: Watching,
): Promise<OpenRedisCounters> {
  const password = secrets.password('redis');
  return openRedisCounters({
    nodes: redis.nodes,
    cluster: redis.cluster,
    ...(password === null ? {} : { username: service, password }),
    tls: redis.tls,
    answerMs: redis.timeout,
    log: (message) => logger.warn(message),
    took: (ms) => observer.measured?.('redis', '', ms),
  });
}

/** How a role reaches PostgreSQL. @throws SecretMissing */
export function postgresConnection(
  { cluster: { postgres }, secrets }: LoadedCluster,
  user: 'sallyport_audit' | 'sallyport_gateway' | 'sallyport_reader',
): PostgresConnection {
  const { host, port, database, tls } = postgres;
  return { host, port, database, tls, user, password: secrets.postgresPassword() };
}
