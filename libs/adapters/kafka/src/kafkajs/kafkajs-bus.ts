import { randomUUID } from 'node:crypto';
import type { Bus, BusRecord } from '@sallyport/contracts';
import { BusUnavailable } from '@sallyport/contracts';
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { collectSends } from '../collect-sends.ts';
import { openConsumption } from '../consumption.ts';
import { inTime } from '../deadline.ts';
import { watchHealth } from '../health.ts';
import { type KafkaOptions, TIMES } from '../kafka-options.ts';
import { Progress } from '../partition-progress.ts';
import { openShare, type ShareOptions } from '../share.ts';
import { Subscriptions } from '../subscriptions.ts';
import { endsOf, ensureTopics, unplacedOf, waitForDeadMembers } from './kafkajs-admin.ts';
import { SHORT_RETRY, kafkajsClient } from './kafkajs-client.ts';
import { joinByKafkajs } from './kafkajs-member.ts';
import { onePartitionAssigner } from './one-partition.assigner.ts';
import { trackSockets } from './sockets.ts';

const ALL_IN_SYNC = -1;

/**
 * The bus over Kafka by `kafkajs`.
 *
 * @throws BusUnavailable if no broker answers in 10 s.
 */
export async function openKafkajsBus(options: KafkaOptions): Promise<Bus> {
  const { log = () => undefined, replication = 1 } = options;
  const sockets = trackSockets();
  const hasty = kafkajsClient(options, { sockets, requestTimeout: TIMES.send });
  const kafka = kafkajsClient(options, { sockets, requestTimeout: TIMES.rebalance });
  const admin = hasty.admin({ retry: SHORT_RETRY });
  const producer = openProducer(hasty);
  const subscriptions = new Subscriptions();
  const health = watchHealth(() => admin.describeCluster(), log);

  async function close(): Promise<void> {
    health.stop();
    await subscriptions.stop();
    const goodbye = Promise.all([producer.disconnect(), admin.disconnect()]);
    await inTime(TIMES.leave, 'close', goodbye).catch(() => undefined);
    sockets.destroy();
  }

  try {
    await inTime(TIMES.rebalance, 'connect', Promise.all([admin.connect(), producer.connect()]));
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
      await waitForDeadMembers(admin, group);
      const anchors = await unplacedOf(admin, topic, group);
      const join: ShareOptions['join'] = (place, failed) =>
        joinByKafkajs({ kafka, topic, groupId: group, ...place }, failed);
      return subscriptions.keep(
        await openShare({ topic, handle, log, anchors, join, ends: () => endsOf(admin, topic) }),
      );
    },
    async inbox({ topic, partition, handle }) {
      const progress = new Progress(handle);
      const start = (await endsOf(admin, topic)).get(partition);
      if (start === undefined) throw new BusUnavailable(`${topic} has no partition ${partition}`);
      // Nothing is committed, so after every join it goes on where it was.
      const startOf = () => progress.nextOf(partition) ?? start;
      const groupId = `${topic}.inbox.${partition}.${randomUUID()}`;
      const assigners = [onePartitionAssigner(topic, partition)];
      const member = { kafka, topic, groupId, progress, startOf, assigners };
      const join = (failed: (error: unknown) => void) => joinByKafkajs(member, failed);
      return subscriptions.keep(await openConsumption({ topic, progress, commits: false, log, join }));
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
    retry: SHORT_RETRY,
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
