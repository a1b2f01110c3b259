import { openKafkaBus } from '@sallyport/adapter-kafka';
import type { Servers, Site } from '@sallyport/cluster';
import type { Bus, BusMessage, JsonObject } from '@sallyport/contracts';
import { topicsOf } from '@sallyport/transport';
import { hmacSha256 } from '@sallyport/base';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Somebody who can read and write every topic, and has no key. */
export interface Stranger {
  readonly topics: ReturnType<typeof topicsOf>;
  /** What went over a topic since the stranger came, oldest first. */
  readonly heard: Readonly<Record<'rate-limit' | 'authorization' | 'confirmation' | 'decide' | 'reply', Heard[]>>;
  /** Sends to the partition and under the key of a message that was heard, or as said. */
  send(message: JsonObject | string, to: Pick<Heard, 'topic' | 'partition' | 'key'>): Promise<void>;
  leave(): Promise<void>;
}

/** A message as it went by. */
export interface Heard extends Pick<BusMessage, 'topic' | 'partition' | 'key'> {
  readonly text: string;
  /** Parsed again for each who asks, so that it may be changed. */
  message(): JsonObject;
}

/** Comes to the topics of an instance that runs. */
export async function enterAsStranger(servers: Servers, { prefix }: Site): Promise<Stranger> {
  const bus = await openKafkaBus({ client: 'kafkajs', brokers: servers.kafka.brokers, clientId: 'stranger' });
  const topics = topicsOf(prefix);
  const heard: Stranger['heard'] = { 'rate-limit': [], authorization: [], confirmation: [], decide: [], reply: [] };
  const names = ['rate-limit', 'authorization', 'confirmation', 'decide', 'reply'] as const;
  await Promise.all(names.map((name) => listen(bus, topics[name], heard[name])));
  return {
    topics,
    heard,
    async send(message, { topic, partition, key }) {
      const value = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
      await bus.send({ topic, partition, value, ...(key === null ? {} : { key }) });
    },
    leave: () => bus.close(),
  };
}

async function listen(bus: Bus, topic: string, into: Heard[]): Promise<void> {
  const handle = ({ partition, key, value }: BusMessage): void => {
    const text = Buffer.from(value).toString('utf8');
    into.push({ topic, partition, key, text, message: () => JSON.parse(text) as JsonObject });
  };
  await bus.share({ topic, group: `stranger.${topic}`, handle });
}

/** The MAC of these parts by a key of an instance's, or by one that a stranger made up. */
export function macBy(key: Buffer, parts: readonly string[]): string {
  return hmacSha256(key, parts.map((part) => `${part.length}:${part}`).join(''));
}

/** A key that only Sallyport has: what its thief could do with it. */
export function stolenKey({ directory }: Site, name: 'mac-gateway' | 'release'): Buffer {
  return Buffer.from(readFileSync(join(directory, 'secrets', `${name}.key`), 'utf8').trim(), 'base64url');
}
