import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { openKafkaBus } from '@sallyport/adapter-kafka';
import type { Bus, BusMessage } from '@sallyport/contracts';
import { topicsOf } from '@sallyport/transport';
import type { Deployment } from './deployment.ts';
import { noneRefused, type FaultSetup } from './judge-faults.ts';
import { startLoad } from './load.ts';

/** Listens to every topic of the transport and can send each message again. */
interface Listener {
  readonly heard: readonly BusMessage[];
  /** True: says each message once more as soon as it is heard. */
  echo(on: boolean): void;
  again(message: BusMessage): Promise<void>;
  close(): Promise<void>;
}

const twiceMs = 5_000;
/** Messages that are sent again at once. */
const burst = 50;

/** Every message comes twice; later all of them come to processes that know nothing of the first time. */
export async function redeliver(setup: FaultSetup): Promise<string> {
  const { sallyport } = setup;
  const listener = await listen(sallyport);
  try {
    const load = startLoad(sallyport);
    listener.echo(true);
    await pause(twiceMs);
    await load.stop();
    noneRefused(setup, load.seen, 'every message twice');
    listener.echo(false);
    await replaceStations(sallyport);
    const later = startLoad(sallyport);
    const all = listener.heard.slice();
    for (let at = 0; at < all.length; at += burst) await Promise.all(all.slice(at, at + burst).map(listener.again));
    await pause(1_000);
    await later.stop();
    noneRefused(setup, later.seen, 'old messages among new ones');
    if (all.length < load.seen.length * 5)
      setup.fail(`only ${all.length} messages of ${load.seen.length} calls were heard`);
    return `${all.length} messages, twice at once and once later`;
  } finally {
    await listener.close();
  }
}

async function replaceStations(sallyport: Deployment): Promise<void> {
  const old = sallyport.cluster.programs.filter(({ service }) => service !== 'gateway');
  for (const program of old) program.signal('SIGKILL');
  await Promise.all(old.map(({ ended }) => ended));
  await sallyport.complete();
}

async function listen({ servers, site }: Deployment): Promise<Listener> {
  const bus = await openKafkaBus({ client: 'kafkajs', brokers: servers.kafka.brokers, clientId: 'faults' });
  const names = topicsOf(site.prefix);
  const topics = Object.values(names).filter((topic) => topic !== names.feed);
  const heard: BusMessage[] = [];
  const known = new Set<string>();
  let echoing = false;
  const again = (message: BusMessage): Promise<void> => send(bus, message);

  async function take(message: BusMessage): Promise<void> {
    const name = `${message.topic} ${hash('sha256', message.value)}`;
    if (known.has(name)) return;
    known.add(name);
    heard.push(message);
    if (echoing) await again(message);
  }

  const handle = (message: BusMessage): Promise<void> => take(message).catch(() => undefined);
  // A group of one: it has all partitions.
  await Promise.all(topics.map((topic) => bus.share({ topic, group: `${site.prefix}.listener.${topic}`, handle })));
  return { heard, echo: (on) => void (echoing = on), again, close: () => bus.close() };
}

function send(bus: Bus, { topic, partition, key, value }: BusMessage): Promise<void> {
  return bus.send({ topic, partition, value, ...(key === null ? {} : { key }) });
}
