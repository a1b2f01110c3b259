import { Consumer } from '@platformatic/kafka';
import type { Member } from '../consumption.ts';
import { pause } from '../deadline.ts';
import { type BusLog, type KafkaOptions, TIMES } from '../kafka-options.ts';
import type { Progress } from '../progress.ts';
import { PartitionReader } from './partition-reader.ts';
import { baseOptions } from './platformatic-client.ts';

const RETRY_MS = 200;
const EARLIEST = -2n;
const UNKNOWN_EPOCH = -1;

export interface PlatformaticMemberOptions {
  readonly client: KafkaOptions;
  readonly topic: string;
  readonly groupId: string;
  readonly progress: Progress;
  /** Where to begin a partition in which the group has no place; undefined: at its first message. */
  readonly startOf: (partition: number) => bigint | undefined;
  readonly log: BusLog;
}

/** A client that is in no group, for questions and for reading. */
export function openReader(client: KafkaOptions, groupId: string): Consumer {
  const consumer = new Consumer({ ...baseOptions(client, TIMES.rebalance), groupId });
  consumer.on('error', () => undefined); // every failure is also told to whoever asked
  return consumer;
}

/** One membership of a group, from its join until it fails or leaves. */
export async function joinByPlatformatic(
  options: PlatformaticMemberOptions,
  failed: (error: unknown) => void,
): Promise<Member> {
  const { client, topic, groupId, progress, log } = options;
  const consumer = new Consumer({
    ...baseOptions(client, 2 * TIMES.rebalance), // a join is answered when the others have joined too
    groupId,
    sessionTimeout: TIMES.session,
    heartbeatInterval: TIMES.heartbeat,
    rebalanceTimeout: TIMES.rebalance,
    heartbeatStallTimeout: TIMES.rebalance,
  });
  const reader = new PartitionReader({
    consumer: openReader(client, groupId),
    topic,
    take: (message, timestamp) => progress.take(message, timestamp),
    log,
  });
  let left = false;
  let joins = 0;

  /** Reads on at the group's places. They are asked for at every join: a partition may have been elsewhere meanwhile. */
  async function assigned(): Promise<void> {
    const join = ++joins;
    const partitions = consumer.assignments?.find((assignment) => assignment.topic === topic)?.partitions ?? [];
    reader.read(new Map());
    progress.assign(partitions);
    while (!left && join === joins) {
      try {
        const places = await placesOf(consumer, options, partitions);
        if (!left && join === joins) reader.read(places);
        return;
      } catch (error) {
        log('warn', 'a group’s places are not known yet', { topic, groupId, error: String(error) });
        await pause(RETRY_MS);
      }
    }
  }

  async function leave(): Promise<void> {
    left = true;
    await Promise.allSettled([consumer.close(true), reader.stop()]);
  }

  /** What ends a membership is told once, and only after it began. */
  let tell = (_error: unknown): void => undefined;
  consumer.on('error', (error: unknown) => tell(error));
  consumer.on('consumer:heartbeat:stalled', ({ lastError }) => tell(lastError ?? new Error('no heartbeat')));
  consumer.topics.track(topic);
  try {
    const first = new Promise<void>((resolve) =>
      consumer.on('consumer:group:join', () => void assigned().then(resolve)),
    );
    await consumer.joinGroup({});
    await first;
  } catch (error) {
    await leave();
    throw error;
  }
  tell = (error) => {
    if (left) return;
    left = true;
    failed(error);
  };
  return {
    commit: (positions) =>
      consumer.commit({ offsets: positions.map((position) => ({ topic, ...position, leaderEpoch: UNKNOWN_EPOCH })) }),
    leave,
  };
}

async function placesOf(
  consumer: Consumer,
  { topic, startOf }: PlatformaticMemberOptions,
  partitions: readonly number[],
): Promise<Map<number, bigint>> {
  if (partitions.length === 0) return new Map();
  const committed = await committedOf(consumer, topic, partitions);
  const missing = partitions.filter((partition) => !committed.has(partition));
  const first = missing.some((partition) => startOf(partition) === undefined)
    ? (await consumer.listOffsets({ topics: [topic], timestamp: EARLIEST })).get(topic)
    : undefined;
  for (const partition of missing) committed.set(partition, startOf(partition) ?? first?.[partition] ?? 0n);
  return committed;
}

/** The group's places; a partition in which it has none is not in it. */
export async function committedOf(
  consumer: Consumer,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, bigint>> {
  const asked = await consumer.listCommittedOffsets({ topics: [{ topic, partitions: [...partitions] }] });
  const places = asked.get(topic) ?? [];
  const entries = partitions.map((partition): [number, bigint] => [partition, places[partition] ?? -1n]);
  return new Map(entries.filter(([, offset]) => offset >= 0n));
}
