import { setTimeout as pause } from 'node:timers/promises';
import { openKafkaBus } from '@sallyport/adapter-kafka';
import { topicSpecs, topicsOf } from '@sallyport/transport';
import { Kafka, logLevel } from 'kafkajs';
import type { Deployment } from './deployment.ts';
import { noneRefused, round, type FaultSetup, slowest } from './judge-faults.ts';
import { startLoad } from './load.ts';

const calmMs = 1_500;
/** A relay that can't send looks again after some seconds. */
const goesOnWithinMs = 15_000;
const partitions = 6;

/** The feed's topic is deleted and made again while calls pass: calls do not notice, and the feed goes on. */
export async function recreateFeed(setup: FaultSetup): Promise<string> {
  const { sallyport, fail } = setup;
  const load = startLoad(sallyport);
  await pause(calmMs);
  await deleteFeed(sallyport);
  await pause(calmMs);
  const feed = await listenToFeed(sallyport);
  try {
    const from = performance.now();
    while (feed.numbers.size === 0 && performance.now() - from < goesOnWithinMs) await pause(50);
    if (feed.numbers.size === 0) fail('the feed did not go on in a topic that was made again');
    await load.stop();
    noneRefused(setup, load.seen, 'the feed was made again');
    return `the feed goes on after ${round(performance.now() - from)} ms; slowest ${round(slowest(load.seen))} ms`;
  } finally {
    await feed.close();
  }
}

async function deleteFeed({ servers, site }: Deployment): Promise<void> {
  const kafka = new Kafka({ brokers: servers.kafka.brokers, clientId: 'faults', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [topicsOf(site.prefix).feed] });
  } finally {
    await admin.disconnect();
  }
}

/** Makes the feed's topic where it is gone, and notes the numbers of what comes from now on. */
export async function listenToFeed({ servers, site }: Deployment) {
  const bus = await openKafkaBus({ client: 'kafkajs', brokers: servers.kafka.brokers, clientId: 'faults' });
  const topics = topicsOf(site.prefix);
  const { feed: topic } = topics;
  await bus.ensure(topicSpecs(topics, { partitions, gateways: 1 }).filter((spec) => spec.topic === topic));
  const numbers = new Set<number>();
  await bus.share({
    topic,
    group: `${site.prefix}.faults.feed.${performance.now().toFixed(0)}`,
    handle({ key, headers }) {
      if (key === 'bench') numbers.add(Number(headers['ce_sequence']));
    },
  });
  return { numbers, close: () => bus.close() };
}
