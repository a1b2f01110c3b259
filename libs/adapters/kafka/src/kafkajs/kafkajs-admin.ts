import type { TopicSpec } from '@sallyport/contracts';
import kafkajs, { type Admin } from 'kafkajs';
import { pause, unavailable } from '../deadline.ts';
import { TIMES } from '../kafka-options.ts';
import { settled, untilGrown } from '../settled.ts';

/**
 * One above the last offset of every partition.
 *
 * @throws BusUnavailable also if there is no such topic.
 */
export async function endsOf(admin: Admin, topic: string): Promise<Map<number, bigint>> {
  const offsets = await patiently(`look at ${topic}`, () => admin.fetchTopicOffsets(topic));
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
  const places = await patiently(`look at ${groupId}`, () => admin.fetchOffsets({ groupId, topics: [topic] }));
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
  const { groups } = await patiently(`look at ${groupId}`, () => admin.describeGroups([groupId]));
  if (groups.some(({ members }) => members.length > 0)) await pause(GONE_MS);
}

function patiently<Result>(what: string, ask: () => Promise<Result>): Promise<Result> {
  const passing = (cause: unknown) => cause instanceof kafkajs.KafkaJSProtocolError && cause.retriable;
  return settled({ what, ms: TIMES.rebalance, attempts: 20, passing }, ask);
}

/**
 * Makes what is missing, and grows what is too small.
 *
 * @throws BusUnavailable
 */
export async function ensureTopics(admin: Admin, specs: readonly TopicSpec[], replication: number): Promise<void> {
  try {
    const listed = new Set(await admin.listTopics());
    const missing = specs.filter(({ topic }) => !listed.has(topic));
    const made = await createTopics(admin, missing, replication);
    for (const spec of made ? specs.filter(({ topic }) => listed.has(topic)) : specs) await grow(admin, spec);
  } catch (error) {
    throw unavailable('make topics', error);
  }
}

async function grow(admin: Admin, spec: TopicSpec): Promise<void> {
  const { topic, partitions } = spec;
  const count = async () => (await endsOf(admin, topic)).size;
  if ((await count()) >= partitions) return;
  await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
  await untilGrown(spec, count);
}

/** False where one was there already, perhaps by another client: a broker may know it before it lists it. */
async function createTopics(admin: Admin, specs: readonly TopicSpec[], replication: number): Promise<boolean> {
  if (specs.length === 0) return true;
  return admin.createTopics({
    waitForLeaders: true,
    topics: specs.map(({ topic, partitions, settings = {} }) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
    })),
  });
}
