import { busContract, type KafkaUnderTest, startKafka } from '@sallyport/testing';
import { startVictim } from '../test/victim.ts';
import { type KafkaClient, openKafkaBus } from './kafka-bus.ts';

let kafka: KafkaUnderTest;

beforeAll(async () => {
  kafka = await startKafka();
}, 120_000);

afterAll(() => kafka.stop());

for (const client of ['kafkajs', 'platformatic'] satisfies KafkaClient[]) {
  busContract(client, async () => ({
    connect: () => openKafkaBus({ client, brokers: kafka.brokers, clientId: 'test' }),
    victim: ({ topic, group }) => startVictim({ client, brokers: kafka.brokers, topic, group }),
    close: async () => undefined,
  }));
}
