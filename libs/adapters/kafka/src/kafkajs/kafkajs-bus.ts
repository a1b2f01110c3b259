import { randomUUID } from 'node:crypto';
import type { Bus, BusRecord } from '@sallyport/contracts';
import { BusUnavailable } from '@sallyport/contracts';
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { collectSends } from '../collect-sends.ts';
import { openConsumption } from '../consumption.ts';
import { within } from '../deadline.ts';
import { watchHealth } from '../health.ts';
import { type KafkaOptions, TIMES } from '../kafka-options.ts';
import { Progress } from '../progress.ts';
import { Subscriptions } from '../subscriptions.ts';
import { endsOf, ensureTopics, unplacedOf, untilTheDeadHaveLeft } from './kafkajs-admin.ts';
import { BRIEF, kafkajsClient } from './kafkajs-client.ts';
import { joinByKafkajs, type KafkajsMemberOptions } from './kafkajs-member.ts';
import { onePartitionAssigner } from './one-partition.assigner.ts';

const ALL_IN_SYNC = -1;

/**
 * The bus over Kafka by `kafkajs`.
 *
 * @throws BusUnavailable if no broker answers in 10 s.
 */
export async function openKafkajsBus(options: KafkaOptions): Promise<Bus> {
  const { log = () => undefined, replication = 1 } = options;
  const hasty = kafkajsClient(options, TIMES.send);
  const kafka = kafkajsClient(options, TIMES.rebalance);
  const admin = hasty.admin({ retry: BRIEF });
  const producer = openProducer(hasty);
  const subscriptions = new Subscriptions();
  const health = watchHealth(() => admin.describeCluster(), log);

  async function consume(member: Omit<KafkajsMemberOptions, 'kafka'>, commits: boolean) {
    const { topic, progress } = member;
    const join = (failed: (error: unknown) => void) => joinByKafkajs({ ...member, kafka }, failed);
    return subscriptions.keep(await openConsumption({ topic, progress, commits, log, join }));
  }

  async function close(): Promise<void> {
    health.stop();
    await subscriptions.stop();
    const goodbye = Promise.all([producer.disconnect(), admin.disconnect()]);
    await within(TIMES.leave, 'close', goodbye).catch(() => undefined);
  }

  try {
    await within(TIMES.rebalance, 'connect', Promise.all([admin.connect(), producer.connect()]));
  } catch (error) {
    await close();
    throw error;
  }

  return {
    ensure: (topics) => ensureTopics(admin, topics, replication),
    send: collectSends({
      flush: (records) => producer.sendBatch({ acks: ALL_IN_SYNC, topicMessages: byTopic(records) }),
      timeoutMs: TIMES.send,
      heard: health.heard,
    }),
    partitionsOf: async (topic) => (await endsOf(admin, topic)).size,
    async share({ topic, group, handle }) {
      const progress = new Progress(handle);
      await untilTheDeadHaveLeft(admin, group);
      const anchors = await unplacedOf(admin, topic, group);
      const startOf = (partition: number) => {
        const offset = anchors.get(partition);
        if (offset !== undefined) progress.anchor({ partition, offset });
        return offset;
      };
      const subscription = await consume({ topic, groupId: group, progress, startOf }, true);
      anchors.clear(); // placed now; a partition that comes back later is read on from its commit
      return subscription;
    },
    async inbox({ topic, partition, handle }) {
      const progress = new Progress(handle);
      const start = (await endsOf(admin, topic)).get(partition);
      if (start === undefined) throw new BusUnavailable(`${topic} has no partition ${partition}`);
      // Nothing is committed, so after every join it goes on where it was.
      const startOf = () => progress.nextOf(partition) ?? start;
      const groupId = `${topic}.inbox.${partition}.${randomUUID()}`;
      const assigners = [onePartitionAssigner(topic, partition)];
      return consume({ topic, groupId, progress, startOf, assigners }, false);
    },
    healthy: health.healthy,
    close,
  };
}

function openProducer(kafka: Kafka): Producer {
  return kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    maxInFlightRequests: 5,
    metadataMaxAge: TIMES.metadata,
    retry: BRIEF,
  });
}

function byTopic(records: readonly BusRecord[]) {
  const topics = Map.groupBy(records, ({ topic }) => topic);
  return [...topics].map(([topic, group]) => ({ topic, messages: group.map(toMessage) }));
}

function toMessage({ key, value, partition, headers }: BusRecord) {
  return {
    key: key ?? null,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    ...(partition === undefined ? {} : { partition }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  };
}
