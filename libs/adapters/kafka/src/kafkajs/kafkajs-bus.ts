import { randomUUID } from 'node:crypto';
import type { Bus, BusRecord, Subscription, TopicSpec } from '@sallyport/contracts';
import { BusUnavailable } from '@sallyport/contracts';
import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs';
import { collectSends } from '../collect-sends.ts';
import { pause, unavailable, within } from '../deadline.ts';
import { watchHealth } from '../health.ts';
import { type KafkaOptions, TIMES } from '../kafka-options.ts';
import { Progress } from '../progress.ts';
import { BRIEF, kafkajsClient } from './kafkajs-client.ts';
import { openConsumption } from './kafkajs-consumption.ts';
import { onePartitionAssigner } from './one-partition.assigner.ts';

const ALL_IN_SYNC = -1;
const SETTLE_MS = 200;
const SETTLE_ATTEMPTS = 10;

/**
 * The bus over Kafka by `kafkajs`.
 *
 * @throws BusUnavailable if no broker answers in 10 s.
 */
export async function openKafkajsBus(options: KafkaOptions): Promise<Bus> {
  const { log = () => undefined, replication = 1 } = options;
  const hasty = kafkajsClient(options, TIMES.send);
  const patient = kafkajsClient(options, TIMES.rebalance);
  const admin = hasty.admin({ retry: BRIEF });
  const producer = openProducer(hasty);
  const open = new Set<Subscription>();

  const health = watchHealth(
    TIMES.ping,
    () => within(TIMES.send, 'ping', admin.describeCluster()),
    (ok) => log(ok ? 'info' : 'warn', ok ? 'the broker is back' : 'the broker is away', {}),
  );
  const send = collectSends({
    flush: (records) => producer.sendBatch({ acks: ALL_IN_SYNC, topicMessages: byTopic(records) }),
    timeoutMs: TIMES.send,
    heard: health.heard,
  });

  /** Keeps a subscription until it is stopped, so that `close` can stop what is left. */
  function kept(subscription: Subscription): Subscription {
    const entry: Subscription = {
      partitions: () => subscription.partitions(),
      async stop() {
        open.delete(entry);
        await subscription.stop();
      },
    };
    open.add(entry);
    return entry;
  }

  async function close(): Promise<void> {
    health.stop();
    await Promise.all([...open].map((subscription) => subscription.stop()));
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
    send,
    partitionsOf: async (topic) => (await ends(admin, topic)).size,
    async share({ topic, group, handle }) {
      const progress = new Progress(handle);
      const anchors = await unplaced(admin, topic, group);
      const startOf = (partition: number) => {
        const offset = anchors.get(partition);
        if (offset !== undefined) progress.anchor({ partition, offset });
        return offset;
      };
      const consumption = { kafka: patient, topic, groupId: group, progress, startOf, commits: true, log };
      const subscription = await openConsumption(consumption);
      anchors.clear(); // placed now; a partition that comes back later is read on from its commit
      return kept(subscription);
    },
    async inbox({ topic, partition, handle }) {
      const progress = new Progress(handle);
      const start = (await ends(admin, topic)).get(partition);
      if (start === undefined) throw new BusUnavailable(`${topic} has no partition ${partition}`);
      // Nothing is committed, so after every join it goes on where it was.
      const startOf = () => progress.nextOf(partition) ?? start;
      const groupId = `${topic}.inbox.${partition}.${randomUUID()}`;
      const assigners = [onePartitionAssigner(topic, partition)];
      const consumption = { kafka: patient, topic, groupId, progress, startOf, commits: false, assigners, log };
      return kept(await openConsumption(consumption));
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

/** One above the last offset of every partition. */
async function ends(admin: Admin, topic: string): Promise<Map<number, bigint>> {
  const offsets = await within(
    TIMES.rebalance,
    `look at ${topic}`,
    settled(() => admin.fetchTopicOffsets(topic)),
  );
  return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
}

/** A topic that was just made, or has just moved, has no leader for a moment; the library does not wait for it here. */
async function settled<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === SETTLE_ATTEMPTS || !(error instanceof kafkajs.KafkaJSProtocolError && error.retriable))
        throw error;
      await pause(SETTLE_MS);
    }
  }
}

/** The ends of the partitions in which a group has no place. They are read first, so nothing that is sent later is missed. */
async function unplaced(admin: Admin, topic: string, groupId: string): Promise<Map<number, bigint>> {
  const places = await ends(admin, topic);
  const asked = admin.fetchOffsets({ groupId, topics: [topic] });
  for (const { partitions } of await within(TIMES.rebalance, `look at ${groupId}`, asked)) {
    for (const { partition, offset } of partitions) if (Number(offset) >= 0) places.delete(partition);
  }
  return places;
}

async function ensureTopics(admin: Admin, specs: readonly TopicSpec[], replication: number): Promise<void> {
  try {
    const have = new Set(await admin.listTopics());
    const missing = specs.filter(({ topic }) => !have.has(topic));
    await createTopics(admin, missing, replication);
    for (const { topic, partitions } of specs.filter((spec) => have.has(spec.topic))) {
      const now = await ends(admin, topic);
      if (now.size < partitions) await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
    }
  } catch (error) {
    throw unavailable('make topics', error);
  }
}

/** Resolves false, and is content, when another client made them meanwhile. */
async function createTopics(admin: Admin, specs: readonly TopicSpec[], replication: number): Promise<void> {
  if (specs.length === 0) return;
  await admin.createTopics({
    waitForLeaders: true,
    topics: specs.map(({ topic, partitions, settings = {} }) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
    })),
  });
}
