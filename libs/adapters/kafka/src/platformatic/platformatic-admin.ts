import type { TopicSpec } from '@sallyport/contracts';
import type { Admin, Consumer } from '@platformatic/kafka';
import { pause, unavailable, within } from '../deadline.ts';
import { TIMES } from '../kafka-options.ts';
import { settled, untilGrown } from '../settled.ts';
import { committedOf } from './platformatic-member.ts';

const ATTEMPTS = 5;
const LISTING_MS = 200;

/**
 * Number of partitions, asked anew.
 *
 * @throws BusUnavailable also if there is no such topic.
 */
export async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  const asked = admin.metadata({ topics: [topic], forceUpdate: true });
  const { topics } = await within(TIMES.rebalance, `look at ${topic}`, asked);
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

function patiently<Result>(what: string, ask: () => Promise<Result>): Promise<Result> {
  return settled({ what, ms: TIMES.rebalance, attempts: ATTEMPTS }, ask);
}

/**
 * Makes what is missing, and grows what is too small.
 *
 * @throws BusUnavailable
 */
export async function ensureTopics(admin: Admin, specs: readonly TopicSpec[], replication: number): Promise<void> {
  try {
    const have = new Set(await admin.listTopics());
    for (const spec of specs) {
      const made = !have.has(spec.topic) && (await create(admin, spec, replication));
      if (!made) await grow(admin, spec);
    }
  } catch (error) {
    throw unavailable('make topics', error);
  }
}

async function grow(admin: Admin, spec: TopicSpec): Promise<void> {
  const { topic, partitions } = spec;
  const count = () => partitionsOf(admin, topic);
  if ((await count()) >= partitions) return;
  await admin.createPartitions({ topics: [{ name: topic, count: partitions }] });
  await untilGrown(spec, count);
}

/** False where it was there already, perhaps by another client: a broker may know it before it lists it. */
async function create(
  admin: Admin,
  { topic, partitions, settings = {} }: TopicSpec,
  replicas: number,
): Promise<boolean> {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
  try {
    await admin.createTopics({ topics: [topic], partitions, replicas, configs });
    return true;
  } catch (error) {
    if (!(await isListed(admin, topic))) throw error;
    return false;
  }
}

async function isListed(admin: Admin, topic: string): Promise<boolean> {
  for (let left = ATTEMPTS; left > 0; left--) {
    if ((await admin.listTopics()).includes(topic)) return true;
    await pause(LISTING_MS);
  }
  return false;
}
