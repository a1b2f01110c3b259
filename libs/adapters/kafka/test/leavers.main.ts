import { setTimeout as rest } from 'node:timers/promises';
import { openKafkaBus } from '../src/index.ts';

/** A process of several groups with two members each, that does nothing more when they have left. */
const { client, brokers, topics } = JSON.parse(process.argv[2] ?? '{}');
const open = () => openKafkaBus({ client, brokers, clientId: 'leaver' });

/** The heartbeat after the first has left is answered by a join, and the second leaves about then. */
async function leave(topic: string, at: number): Promise<void> {
  const [first, second] = [await open(), await open()];
  await first.ensure([{ topic, partitions: 2 }]);
  for (const bus of [first, second]) await bus.share({ topic, group: topic, handle: () => undefined });
  await first.close();
  await rest(980 + at * 2);
  await second.close();
}

await Promise.all(topics.map(leave));
process.disconnect?.();
