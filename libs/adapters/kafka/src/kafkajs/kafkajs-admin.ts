import type { TopicSpec } from '@sallyport/contracts';
import { pause } from '../deadline.ts';
import kafkajs, { type Admin } from 'kafkajs';
import { TIMES } from '../kafka-options.ts';
import { ensurePartitions, type Growing, settled } from '../settled.ts';

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
 * takes the place of. A member that joins makes all members join again, and until the dead one's session is over they
 * would wait for it, and every call with them (the library knows no static members).
 *
 * @throws BusUnavailable
 */
export async function waitForDeadMembers(admin: Admin, groupId: string): Promise<void> {
  const { groups } = await patiently(`look at ${groupId}`, () => admin.describeGroups([groupId]));
  if (groups.some(({ members }) => members.length > 0)) await pause(GONE_MS);
}

/** An attempt that the library itself made several times is the cause of the error that it throws. */
function isPassing(error: unknown): boolean {
  if (error instanceof kafkajs.KafkaJSAggregateError) return error.errors.every(isPassing);
  if (error instanceof kafkajs.KafkaJSProtocolError) return error.retriable;
  return error instanceof kafkajs.KafkaJSNumberOfRetriesExceeded && isPassing(error.cause);
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
  const missing = specs.filter(({ topic }) => !listed.has(topic));
  if (missing.length > 0)
    await patiently('make topics', () => admin.createTopics(creation(missing, replication)), TIMES.make);
  for (const spec of specs) await ensurePartitions(spec, partitionsOf(admin, spec));
}

/** The library's own wait for leaders gives up at a topic that isn't known everywhere yet. */
function creation(specs: readonly TopicSpec[], replicationFactor: number): Parameters<Admin['createTopics']>[0] {
  const topics = specs.map(({ topic, partitions, settings = {} }) => ({
    topic,
    numPartitions: partitions,
    replicationFactor,
    configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
  }));
  return { topics, waitForLeaders: false };
}

/** There is no offset where there is no leader yet. */
function partitionsOf(admin: Admin, { topic, partitions: count }: TopicSpec): Growing {
  return {
    passing: isPassing,
    count: async () => (await admin.fetchTopicOffsets(topic)).length,
    grow: () => admin.createPartitions({ topicPartitions: [{ topic, count }] }),
  };
}
