import { randomBytes } from 'node:crypto';
import {
  type Certificate,
  type KafkaUnderTest,
  type PostgresUnderTest,
  type RedisUnderTest,
  sharedKafka,
  type SharedKafka,
  sharedPostgres,
  type SharedPostgres,
  startKafka,
  startPostgres,
  startRedis,
} from '@sallyport/testing';

/** The servers that services stand on, each in a container. */
export interface Servers {
  readonly kafka: SharedKafka;
  readonly redis: RedisUnderTest;
  readonly postgres: SharedPostgres;
  /** Of the roles in PostgreSQL, which all databases of a server share. */
  readonly password: string;
  stop(): Promise<void>;
}

/** Servers that nobody else uses, to be disturbed. */
export interface OwnServers extends Servers {
  readonly kafka: KafkaUnderTest;
  readonly postgres: PostgresUnderTest;
}

/** All files of a test run migrate databases of one PostgreSQL. */
const SHARED_PASSWORD = 'of-the-roles-in-tests';

/**
 * Starts all three. What was started is removed again when one of them can't be.
 *
 * @param options.tls they speak TLS with this certificate
 */
export function startServers(options: { readonly tls?: Certificate } = {}): Promise<OwnServers> {
  const password = randomBytes(24).toString('base64url');
  return together([startKafka(options), startRedis(options), startPostgres(options)], password);
}

/**
 * The broker and the PostgreSQL of this test run, and a Redis of its own: counters go by the tenant's name, which is the
 * same in many tests.
 */
export function sharedServers(): Promise<Servers> {
  return together([sharedKafka(), startRedis(), sharedPostgres()], SHARED_PASSWORD);
}

type Starting<Kafka, Postgres> = readonly [Promise<Kafka>, Promise<RedisUnderTest>, Promise<Postgres>];

async function together<Kafka extends SharedKafka, Postgres extends SharedPostgres>(
  starting: Starting<Kafka, Postgres>,
  password: string,
) {
  try {
    const [kafka, redis, postgres] = await Promise.all(starting);
    const stop = async () => void (await Promise.all([kafka, redis, postgres].map(ended)));
    return { kafka, redis, postgres, password, stop };
  } catch (error) {
    for (const one of await Promise.allSettled<{ stop(): Promise<void> }>(starting))
      if (one.status === 'fulfilled') await ended(one.value);
    throw error;
  }
}

function ended(server: { stop(): Promise<void> }): Promise<void> {
  return server.stop();
}
