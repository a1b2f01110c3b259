import { randomUUID } from 'node:crypto';
import { busContract, sharedKafka, type SharedKafka } from '@sallyport/testing';
import { leaversEnd } from '../../test/leavers.ts';
import { startVictim } from '../../test/victim.ts';
import { openKafkaBus } from '../kafka-bus.ts';

const client = 'kafkajs';
let kafka: SharedKafka;

beforeAll(async () => {
  kafka = await sharedKafka();
}, 120_000);

afterAll(() => kafka.stop());

busContract(client, async () => ({
  connect: () => openKafkaBus({ client, brokers: kafka.brokers, clientId: 'test' }),
  victim: ({ topic, group }) => startVictim({ client, brokers: kafka.brokers, topic, group }),
  close: async () => undefined,
}));

it('keeps no process alive after the members of its groups have left', async () => {
  const topics = Array.from({ length: 12 }, () => `test.${randomUUID()}`);
  expect(await leaversEnd({ client, brokers: kafka.brokers, topics })).toBe(true);
}, 60_000);
