import type { TopicSpec } from '@sallyport/contracts';
import kafkajs, { type Admin } from 'kafkajs';
import { pause, unavailable, within } from '../deadline.ts';
import { TIMES } from '../kafka-options.ts';

const SETTLE_MS = 200;
const SETTLE_ATTEMPTS = 20;

/**
 * One above the last offset of every partition.
 *
 * @throws BusUnavailable also if there is no such topic.
 */
export async function endsOf(admin: Admin, topic: string): Promise<Map<number, bigint>> {
  const offsets = await settled(`look at ${topic}`, () => admin.fetchTopicOffsets(topic));
  return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
}

/**
 * The ends of the partitions in which a group has no place. They are read first, so nothing that is sent later is
 * missed.
 *
 * @throws BusUnavailable also if there is no such topic.
 */
export async function unplacedOf(admin: Admin, topic: string, groupId: string): Promise<Map<number, bigint>> {
  const ends = await endsOf(admin, topic);
  const places = await settled(`look at ${groupId}`, () => admin.fetchOffsets({ groupId, topics: [topic] }));
  for (const { partition, offset } of places.flatMap(({ partitions }) => partitions)) {
    if (BigInt(offset) >= 0n) ends.delete(partition);
  }
  return ends;
}

/** A member whose process died is in its group for as long as its session lasts. */
const GONE_MS = TIMES.session + 500;

/**
 * Waits one session where a group has members: one of them may be the process that died a moment ago, and that this one
 * takes the place of. Whoever joins has all members join anew, and until the dead one's session is over they would wait for
 * it, and every call with them (the library knows no static members).
 *
 * @throws BusUnavailable
 */
export async function untilTheDeadHaveLeft(admin: Admin, groupId: string): Promise<void> {
  const { groups } = await settled(`look at ${groupId}`, () => admin.describeGroups([groupId]));
  if (groups.some(({ members }) => members.length > 0)) await pause(GONE_MS);
}

/** For some moments a new topic has no leader and a new broker no word on groups; the library does not wait for either. */
async function settled<Result>(what: string, ask: () => Promise<Result>): Promise<Result> {
  for (let left = SETTLE_ATTEMPTS; ; left--) {
    try {
      return await within(TIMES.rebalance, what, ask());
    } catch (error) {
      const { cause } = unavailable(what, error);
      if (left <= 1 || !(cause instanceof kafkajs.KafkaJSProtocolError && cause.retriable)) throw error;
      await pause(SETTLE_MS);
    }
  }
}

/**
 * Makes what is missing, and grows what is too small.
 *
 * @throws BusUnavailable
 */
export async function ensureTopics(admin: Admin, specs: readonly TopicSpec[], replication: number): Promise<void> {
  try {
    const have = new Set(await admin.listTopics());
    await createTopics(
      admin,
      specs.filter(({ topic }) => !have.has(topic)),
      replication,
    );
    for (const { topic, partitions } of specs.filter((spec) => have.has(spec.topic))) {
      const now = await endsOf(admin, topic);
      if (now.size < partitions) await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
    }
  } catch (error) {
    throw unavailable('make topics', error);
  }
}

/** Is content when another client made them meanwhile. */
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
