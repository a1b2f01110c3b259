import type { TopicSpec } from '@sallyport/contracts';
import type { Topics } from './transport-ends.ts';
import { MAX_MESSAGE_BYTES } from './messages.ts';

/** Longer than any decision takes, short enough that nothing of a call stays: a message is worth nothing once its call is decided. */
const transportMs = 10 * 60_000;
/** The feed is for those who come late; the journal is what is kept for good. */
const feedMs = 30 * 24 * 3_600_000;

/** Names of the topics under a prefix. Version 1 is in the name: another format of messages takes other topics. */
export function topicsOf(prefix: string): Topics {
  return {
    'rate-limit': `${prefix}.rate-limit.v1`,
    authorization: `${prefix}.authorization.v1`,
    confirmation: `${prefix}.confirmation.v1`,
    decide: `${prefix}.decide.v1`,
    reply: `${prefix}.reply.v1`,
    feed: `${prefix}.audit.v1`,
  };
}

/**
 * What the broker must have before anything starts.
 *
 * @param counts `partitions` of each station's topic and of the feed, `gateways` of the reply topic
 */
export function topicSpecs(
  topics: Topics,
  { partitions, gateways }: { partitions: number; gateways: number },
): TopicSpec[] {
  const largest = { 'max.message.bytes': `${MAX_MESSAGE_BYTES}` };
  // A broker drops whole segments: without segments as short, a quiet topic would keep arguments for days.
  // By the broker's clock: what is late is late for every program, whatever the clock of its machine says.
  const times = { 'message.timestamp.type': 'LogAppendTime' };
  const settings = { 'retention.ms': `${transportMs}`, 'segment.ms': `${transportMs}`, ...times, ...largest };
  const stations = [topics['rate-limit'], topics.authorization, topics.confirmation, topics.decide];
  return [
    ...stations.map((topic) => ({ topic, partitions, settings })),
    { topic: topics.reply, partitions: gateways, settings },
    { topic: topics.feed, partitions, settings: { 'retention.ms': `${feedMs}`, ...largest } },
  ];
}
