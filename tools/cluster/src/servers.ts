import { randomBytes } from 'node:crypto';
import {
  type Certificate,
  type KafkaUnderTest,
  type PostgresUnderTest,
  type RedisUnderTest,
  startKafka,
  startPostgres,
  startRedis,
} from '@sallyport/testing';

/** The servers that a house of services stands on, each in a container. */
export interface Servers {
  readonly kafka: KafkaUnderTest;
  readonly redis: RedisUnderTest;
  readonly postgres: PostgresUnderTest;
  /** Of the roles in PostgreSQL, which all databases of a server share. */
  readonly password: string;
  stop(): Promise<void>;
}

/**
 * Starts all three. What was started is removed again when one of them can't be.
 *
 * @param options.tls they speak TLS with this certificate
 */
export async function startServers(options: { readonly tls?: Certificate } = {}): Promise<Servers> {
  const starting = [startKafka(options), startRedis(options), startPostgres(options)] as const;
  try {
    const [kafka, redis, postgres] = await Promise.all(starting);
    const password = randomBytes(24).toString('base64url');
    return {
      kafka,
      redis,
      postgres,
      password,
      stop: async () => void (await Promise.all([kafka, redis, postgres].map(ended))),
    };
  } catch (error) {
    for (const one of await Promise.allSettled<{ stop(): Promise<void> }>(starting))
      if (one.status === 'fulfilled') await ended(one.value);
    throw error;
  }
}

function ended(server: { stop(): Promise<void> }): Promise<void> {
  return server.stop();
}
