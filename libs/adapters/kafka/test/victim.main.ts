import { openKafkaBus } from '../src/index.ts';

/** A process that takes messages of a group, says which, and never finishes one: to be killed. */
const { client, brokers, topic, group } = JSON.parse(process.argv[2] ?? '{}');
const bus = await openKafkaBus({ client, brokers, clientId: 'victim' });
await bus.share({
  topic,
  group,
  handle({ value }) {
    process.send?.(Buffer.from(value).toString());
    return new Promise<void>(() => undefined);
  },
});
process.send?.('ready');
