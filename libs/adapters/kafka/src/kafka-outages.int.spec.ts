import { randomUUID } from 'node:crypto';
import { type Bus, BusUnavailable } from '@sallyport/contracts';
import { type KafkaUnderTest, startKafka, until } from '@sallyport/testing';
import { startTraffic } from '../test/traffic.ts';
import { type KafkaClient, openKafkaBus } from './kafka-bus.ts';

const CLIENTS: readonly KafkaClient[] = ['kafkajs', 'platformatic'];
let kafka: KafkaUnderTest;

beforeAll(async () => {
  kafka = await startKafka();
}, 120_000);

afterAll(() => kafka.stop());

describe.each(CLIENTS)('%s in an outage', (client) => {
  let bus: Bus;
  let topic: string;
  const taken: string[] = [];

  beforeAll(async () => {
    topic = `test.${randomUUID()}`;
    bus = await openKafkaBus({ client, brokers: kafka.brokers, clientId: 'test' });
    await bus.ensure([{ topic, partitions: 2 }]);
    await bus.share({ topic, group: topic, handle: ({ value }) => void taken.push(Buffer.from(value).toString()) });
    await send('first');
  }, 60_000);

  afterAll(() => bus.close(), 30_000);

  function send(value: string): Promise<void> {
    return bus.send({ topic, value: Buffer.from(value) });
  }

  /** Milliseconds until a send has failed. */
  async function refusal(): Promise<number> {
    const began = Date.now();
    await expect(send('never')).rejects.toThrow(BusUnavailable);
    return Date.now() - began;
  }

  /** Sends until one is acknowledged, and it arrives. Milliseconds. */
  async function recovery(value: string): Promise<number> {
    const began = Date.now();
    while (!(await send(value).then(Boolean.bind(null, true), () => false))) await Promise.resolve();
    const acknowledged = Date.now() - began;
    await until(() => taken.includes(value), 30_000);
    return acknowledged;
  }

  it('refuses at once to open where nothing listens', async () => {
    const opening = openKafkaBus({ client, brokers: ['127.0.0.1:1'], clientId: 'test' });
    await expect(opening).rejects.toThrow(BusUnavailable);
  }, 30_000);

  it('fails sends in about two seconds while the broker is frozen, and recovers', async () => {
    await kafka.pause();
    try {
      const waits = await Promise.all(Array.from({ length: 20 }, refusal));
      expect(Math.max(...waits)).toBeLessThan(3_000);
      await until(() => !bus.healthy(), 6_000);
    } finally {
      await kafka.unpause();
    }
    expect(await recovery('thawed')).toBeLessThan(10_000);
    await until(() => bus.healthy(), 6_000);
  }, 90_000);

  it('fails sends in about two seconds while the broker is gone, and recovers', async () => {
    await kafka.halt();
    try {
      expect(await refusal()).toBeLessThan(3_000);
      expect(await refusal()).toBeLessThan(3_000);
      await until(() => !bus.healthy(), 6_000);
    } finally {
      await kafka.resume();
    }
    expect(await recovery('back')).toBeLessThan(10_000);
    await until(() => bus.healthy(), 6_000);
  }, 120_000);

  it('loses nothing that was acknowledged, and no process, when the broker restarts under traffic', async () => {
    const traffic = await startTraffic({ client, brokers: kafka.brokers, topic: `test.${randomUUID()}` });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await kafka.restart();
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    const report = await traffic.finish();
    expect(report).toMatchObject({ lost: 0 });
    expect(report.acked).toBeGreaterThan(100);
    expect(report.lastAcked).toBeGreaterThan(report.sent - 100);
  }, 180_000);
});
