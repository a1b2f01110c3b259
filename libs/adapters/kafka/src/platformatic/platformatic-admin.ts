import type { TopicSpec } from '@sallyport/contracts';
import { type Admin, type Consumer, findErrorBy } from '@platformatic/kafka';
import { TIMES } from '../kafka-options.ts';
import { ensurePartitions, type Growing, settled } from '../settled.ts';
import { committedOf } from './platformatic-member.ts';

/**
 * Number of partitions. The broker is asked, not what the client remembers.
 *
 * @throws BusUnavailable also if there is no such topic.
 */
export function partitionsOf(admin: Admin, topic: string): Promise<number> {
  return patiently(`look at ${topic}`, () => countOf(admin, topic));
}

async function countOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
  return topics.get(topic)?.partitionsCount ?? 0;
}

/**
 * One above the last offset of every partition.
 *
 * @throws BusUnavailable also if there is no such topic.
 */
export async function endsOf(consumer: Consumer, topic: string): Promise<Map<number, bigint>> {
  const ask = () => consumer.listOffsets({ topics: [topic] });
  const offsets = await patiently(`look at ${topic}`, ask);
  return new Map((offsets.get(topic) ?? []).entries());
}

/** The same for who has no consumer. */
export async function latestOf(admin: Admin, topic: string): Promise<Map<number, bigint>> {
  const count = await partitionsOf(admin, topic);
  const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }));
  const [listed] = await admin.listOffsets({ topics: [{ name: topic, partitions }] });
  return new Map(listed?.partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset]));
}

/**
 * The ends of the partitions in which the consumer's group has no place. They are read first, so nothing that is sent
 * later is missed.
 *
 * @throws BusUnavailable also if there is no such topic.
 */
export async function unplacedOf(consumer: Consumer, topic: string): Promise<Map<number, bigint>> {
  const ends = await endsOf(consumer, topic);
  const places = await patiently('look at a group', () => committedOf(consumer, topic, [...ends.keys()]));
  for (const partition of places.keys()) ends.delete(partition);
  return ends;
}

/** Whether the error, or one of those that it stands for, has this property. */
function has(error: unknown, property: string, value: unknown): boolean {
  return error instanceof Error && findErrorBy(error, property, value) !== null;
}

/** The library's errors say whether another attempt may succeed; one of several is enough to say no. */
function isPassing(error: unknown): boolean {
  return has(error, 'canRetry', true) && !has(error, 'canRetry', false);
}

function patiently<Result>(what: string, ask: () => Promise<Result>, ms?: number): Promise<Result> {
  return settled({ what, passing: isPassing, ...(ms === undefined ? {} : { ms }) }, ask);
}

/**
 * Makes what is missing, and grows what is too small. Resolves when every partition has a leader.
 *
 * @throws BusUnavailable
 */
export async function ensureTopics(admin: Admin, specs: readonly TopicSpec[], replication: number): Promise<void> {
  const listed = new Set(await patiently('list topics', () => admin.listTopics()));
  for (const spec of specs) {
    if (!listed.has(spec.topic))
      await patiently(`make ${spec.topic}`, () => create(admin, spec, replication), TIMES.make);
    await ensurePartitions(spec, growing(admin, spec));
  }
}

function growing(admin: Admin, { topic, partitions: count }: TopicSpec): Growing {
  return {
    passing: isPassing,
    count: () => countOf(admin, topic),
    grow: () => admin.createPartitions({ topics: [{ name: topic, count }] }),
  };
}

/** Another program may have made it: a broker may know a topic before it lists it. */
async function create(admin: Admin, { topic, partitions, settings = {} }: TopicSpec, replicas: number): Promise<void> {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
  try {
    await admin.createTopics({ topics: [topic], partitions, replicas, configs });
  } catch (error) {
    if (!has(error, 'apiId', 'TOPIC_ALREADY_EXISTS')) throw error;
  }
}
