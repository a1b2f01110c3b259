import type { BaseOptions } from '@platformatic/kafka';
import { type KafkaOptions, TIMES } from '../kafka-options.ts';

/** Doubles from 50 ms to a second. */
function retryDelay(_client: object, _operation: string, attempt: number): number {
  return Math.min(1_000, 25 * 2 ** attempt);
}

/**
 * What every client of the library is given.
 *
 * @param requestTimeout Milliseconds after which a request without an answer has failed.
 */
export function baseOptions({ brokers, clientId, sasl, tls }: KafkaOptions, requestTimeout: number): BaseOptions {
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: TIMES.connect,
    requestTimeout,
    timeout: requestTimeout,
    retries: 5,
    retryDelay,
    metadataMaxAge: TIMES.metadata,
    autocreateTopics: false,
    ...(tls ? { tls: {} } : {}),
    ...(sasl ? { sasl: { mechanism: 'SCRAM-SHA-512', username: sasl.username, password: sasl.password } } : {}),
  };
}
