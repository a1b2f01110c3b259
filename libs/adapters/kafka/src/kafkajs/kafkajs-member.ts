import type { BusMessage } from '@sallyport/contracts';
import type { Consumer, IHeaders, Kafka, KafkaMessage, PartitionAssigner } from 'kafkajs';
import type { Member } from '../consumption.ts';
import { TIMES } from '../kafka-options.ts';
import type { Progress } from '../partition-progress.ts';
import { LONG_RETRY } from './kafkajs-client.ts';

export interface KafkajsMemberOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly progress: Progress;
  /** Where to begin a partition that was just assigned; undefined: at the group's commit. */
  readonly startOf: (partition: number) => bigint | undefined;
  readonly assigners?: PartitionAssigner[];
}

/** One consumer of the library, from its join until it fails or leaves. */
export async function joinByKafkajs(options: KafkajsMemberOptions, failed: (error: unknown) => void): Promise<Member> {
  const { kafka, topic, groupId, progress, assigners } = options;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: TIMES.session,
    heartbeatInterval: TIMES.heartbeat,
    rebalanceTimeout: TIMES.rebalance,
    metadataMaxAge: TIMES.metadata,
    minBytes: 1,
    maxWaitTimeInMs: TIMES.longPoll,
    allowAutoTopicCreation: false,
    retry: LONG_RETRY,
    ...(assigners ? { partitionAssigners: assigners } : {}),
  });
  const joined = firstJoin(consumer, options, failed);
  try {
    await consumer.connect();
    // What has no place yet was made after the group: a new partition is read from its start.
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      async eachBatch({ batch, isStale }) {
        for (const message of batch.messages) {
          if (isStale()) return;
          progress.take(toBusMessage(batch, message), Number(message.timestamp));
        }
      },
    });
    await joined;
  } catch (error) {
    await consumer.disconnect().catch(() => undefined);
    throw error;
  }
  return {
    commit: (positions) =>
      consumer.commitOffsets(positions.map(({ partition, offset }) => ({ topic, partition, offset: `${offset}` }))),
    leave: () => consumer.disconnect(),
  };
}

/** Resolves at the first join; a crash before it rejects, and one after it is told. */
function firstJoin(
  consumer: Consumer,
  { topic, progress, startOf }: KafkajsMemberOptions,
  failed: (error: unknown) => void,
): Promise<void> {
  let began = false;
  const joined = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      const partitions = payload.memberAssignment[topic] ?? [];
      progress.assign(partitions);
      // The library looks for a seek before its next fetch, which comes after this.
      for (const partition of partitions) {
        const offset = startOf(partition);
        if (offset !== undefined) consumer.seek({ topic, partition, offset: `${offset}` });
      }
      began = true;
      resolve();
    });
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => (began ? failed(error) : reject(error)));
  });
  joined.catch(() => undefined); // also when an earlier step has failed and no one waits
  return joined;
}

function toBusMessage({ topic, partition }: { topic: string; partition: number }, message: KafkaMessage): BusMessage {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    time: appendTimeOf(message),
    key: message.key?.toString() ?? null,
    value: message.value ?? Buffer.alloc(0),
    headers: toHeaders(message.headers),
  };
}

const LOG_APPEND_TIME = 1;

/** The library knows whose clock a record's time is by, and does not say so in its types. */
function appendTimeOf(message: KafkaMessage & { batchContext?: { timestampType?: number } }): number | null {
  return message.batchContext?.timestampType === LOG_APPEND_TIME ? Number(message.timestamp) : null;
}

/** Of a header that came several times the last counts. */
function toHeaders(headers: IHeaders = {}): Record<string, string> {
  const last = (value: IHeaders[string]) => (Array.isArray(value) ? value.at(-1) : value);
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, last(value)?.toString() ?? '']));
}
