// @ts-check
// Topics, and who may do what with them. What is not named here is refused by the broker.
import { topicSpecs, topicsOf } from '@sallyport/transport';
import { hostOf, services } from './inventory.mjs';

/** @typedef {import('./settings.mjs').Settings} Settings */
/** @typedef {keyof ReturnType<typeof topicsOf>} TopicName */
/** @typedef {{ user: string, operation: 'read' | 'write' | 'describe', kind: 'topic' | 'group', name: string, prefixed: boolean }} Grant */

/** @type {Record<TopicName, string[]>} Who writes where: a call goes one way, and a refusal goes straight to audit. */
const writers = {
  'rate-limit': ['gateway'],
  authorization: ['rate-limit'],
  confirmation: ['authorization'],
  decide: ['gateway', 'rate-limit', 'authorization', 'confirmation'],
  reply: ['audit', 'gateway'],
  feed: ['audit'],
};

/** @type {[string, TopicName][]} Whose inbox is which topic. */
const inboxes = [
  ['gateway', 'reply'],
  ['rate-limit', 'rate-limit'],
  ['authorization', 'authorization'],
  ['confirmation', 'confirmation'],
  ['audit', 'decide'],
];

/** Groups of consumers outside Sallyport begin with this. */
const FEED_GROUPS = 'feed-';

/**
 * The topics, with what the broker does with them.
 *
 * @param {Settings} settings
 */
export function topics({ kafka }) {
  const insync = String(kafka.replication > 2 ? 2 : 1);
  return topicSpecs(topicsOf(kafka.prefix), kafka).map(({ topic, partitions, settings }) => ({
    topic,
    partitions,
    configs: { ...settings, 'min.insync.replicas': insync },
  }));
}

/**
 * Every right that somebody has at the broker.
 *
 * @param {Settings} settings
 * @returns {Grant[]}
 */
export function grants({ kafka, colocate }) {
  const names = topicsOf(kafka.prefix);
  const by = (/** @type {string} */ station) => hostOf(colocate, station);
  const topic = (
    /** @type {string} */ user,
    /** @type {'read' | 'write'} */ operation,
    /** @type {TopicName} */ name,
  ) => /** @type {Grant} */ ({ user, operation, kind: 'topic', name: names[name], prefixed: false });
  const groups = (/** @type {string} */ user, /** @type {string} */ name) =>
    /** @type {Grant} */ ({ user, operation: 'read', kind: 'group', name, prefixed: true });
  // Every service looks whether all topics are there before it starts.
  const looks = (/** @type {string} */ user) =>
    /** @type {Grant} */ ({ user, operation: 'describe', kind: 'topic', name: `${kafka.prefix}.`, prefixed: true });

  // A station also writes to its own topic, to itself, which is how it knows that it is ready.
  const stations = inboxes.filter(([station]) => station !== 'gateway');
  const all = [
    ...Object.entries(writers).flatMap(([name, users]) =>
      users.map((user) => topic(by(user), 'write', /** @type {TopicName} */ (name))),
    ),
    ...stations.map(([station, name]) => topic(by(station), 'write', name)),
    ...inboxes.map(([station, name]) => topic(by(station), 'read', name)),
    ...stations.map(([station]) => groups(by(station), `${kafka.prefix}.${station}`)),
    // A gateway reads one partition of its own, in a group of one that is named after the topic.
    groups('gateway', `${names.reply}.inbox.`),
    ...services.map((service) => looks(by(service))),
    topic('feed-reader', 'read', 'feed'),
    groups('feed-reader', FEED_GROUPS),
  ];
  const seen = new Map(all.map((grant) => [JSON.stringify(grant), grant]));
  return [...seen.values()];
}
