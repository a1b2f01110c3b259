import { randomUUID } from 'node:crypto';
import type { Bus, BusRecord, Subscription } from '@sallyport/contracts';
import { BusUnavailable } from '@sallyport/contracts';
import { Admin, compatibilityPartitioner, ProduceAcks, Producer } from '@platformatic/kafka';
import { collectSends } from '../collect-sends.ts';
import { inTime } from '../deadline.ts';
import { watchHealth } from '../health.ts';
import { type BusLog, type KafkaOptions, TIMES } from '../kafka-options.ts';
import { Progress } from '../partition-progress.ts';
import { openShare, type ShareOptions } from '../share.ts';
import { Subscriptions } from '../subscriptions.ts';
import { PartitionReader } from './partition-reader.ts';
import { endsOf, ensureTopics, latestOf, partitionsOf, unplacedOf } from './platformatic-admin.ts';
import { baseOptions } from './platformatic-client.ts';
import { joinByPlatformatic, openReader } from './platformatic-member.ts';

/**
 * The bus over Kafka by `@platformatic/kafka`.
 *
 * @throws BusUnavailable if no broker answers in 10 s.
 */
export async function openPlatformaticBus(options: KafkaOptions): Promise<Bus> {
  const { log = () => undefined, replication = 1 } = options;
  const admin = new Admin(baseOptions(options, TIMES.send));
  const producer = openProducer(options);
  const subscriptions = new Subscriptions();
  const ping = () => admin.metadata({ topics: [], forceUpdate: true, retries: 0 });
  const health = watchHealth(ping, log);

  async function close(): Promise<void> {
    health.stop();
    await subscriptions.stop();
    const goodbye = Promise.all([producer.close(), admin.close()]);
    await inTime(TIMES.leave, 'close', goodbye).catch(() => undefined);
  }

  try {
    await inTime(TIMES.rebalance, 'connect', admin.metadata({ topics: [] }));
  } catch (error) {
    await close();
    throw error;
  }

  return {
    ensure: (topics) => ensureTopics(admin, topics, replication),
    send: collectSends({
      flush: (records) => producer.send({ messages: records.map(toMessage), acks: ProduceAcks.ALL }),
      timeoutMs: TIMES.send,
      heard: health.heard,
    }),
    partitionsOf: (topic) => partitionsOf(admin, topic),
    async share({ topic, group, handle }) {
      const anchors = await unplaced(options, topic, group);
      const join: ShareOptions['join'] = (place, failed) =>
        joinByPlatformatic({ client: options, topic, groupId: group, log, ...place }, failed);
      return subscriptions.keep(
        await openShare({ topic, handle, log, anchors, join, ends: () => latestOf(admin, topic) }),
      );
    },
    async inbox({ topic, partition, handle }) {
      return subscriptions.keep(await openInbox(options, { topic, partition, progress: new Progress(handle), log }));
    },
    healthy: health.healthy,
    close,
  };
}

function openProducer(options: KafkaOptions): Producer {
  const producer = new Producer({
    ...baseOptions(options, TIMES.send),
    acks: ProduceAcks.ALL,
    maxInflights: 5,
    partitioner: compatibilityPartitioner, // the library's own default is not what other clients do
  });
  producer.on('error', () => undefined); // the sender is told of every failure, too
  return producer;
}

function toMessage({ topic, partition, key, value, headers = {} }: BusRecord) {
  return {
    topic,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
    ...(partition === undefined ? {} : { partition }),
  };
}

async function unplaced(options: KafkaOptions, topic: string, group: string): Promise<Map<number, bigint>> {
  const consumer = openReader(options, group);
  try {
    return await unplacedOf(consumer, topic);
  } finally {
    await consumer.close(true);
  }
}

interface InboxOptions {
  readonly topic: string;
  readonly partition: number;
  readonly progress: Progress;
  readonly log: BusLog;
}

/** Reads one partition and joins no group: nobody's rebalance disturbs it. */
async function openInbox(
  options: KafkaOptions,
  { topic, partition, progress, log }: InboxOptions,
): Promise<Subscription> {
  const consumer = openReader(options, `${topic}.inbox.${partition}.${randomUUID()}`);
  const reader = new PartitionReader({ consumer, topic, take: (...taken) => progress.take(...taken), log });
  try {
    const start = (await endsOf(consumer, topic)).get(partition);
    if (start === undefined) throw new BusUnavailable(`${topic} has no partition ${partition}`);
    progress.assign([partition]);
    reader.read(new Map([[partition, start]]));
  } catch (error) {
    await reader.stop();
    throw error;
  }
  return {
    partitions: () => progress.mine,
    async stop() {
      progress.shut();
      await inTime(TIMES.leave, 'leave', reader.stop()).catch(() => undefined);
      await progress.settled();
    },
  };
}
