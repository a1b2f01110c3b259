import type { Bus } from '@sallyport/contracts';
import type { KafkaOptions } from './kafka-options.ts';

/** The client libraries that carry the bus. */
export type KafkaClient = 'kafkajs' | 'platformatic';

type Open = (options: KafkaOptions) => Promise<Bus>;

const clients: Readonly<Record<KafkaClient, () => Promise<Open>>> = {
  kafkajs: async () => (await import('./kafkajs/kafkajs-bus.ts')).openKafkajsBus,
  platformatic: async () => (await import('./platformatic/platformatic-bus.ts')).openPlatformaticBus,
};

/**
 * The bus over Kafka, by the client library that is chosen; the other is not loaded.
 *
 * @throws BusUnavailable if no broker answers in 10 s.
 */
export async function openKafkaBus({ client, ...options }: KafkaOptions & { client: KafkaClient }): Promise<Bus> {
  const open = await clients[client]();
  return open(options);
}
