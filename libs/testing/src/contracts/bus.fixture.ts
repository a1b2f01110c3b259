import { randomUUID } from 'node:crypto';
import type { Bus, BusMessage, TopicSpec } from '@sallyport/contracts';

/** Something that takes messages of a group and never finishes one, in a client that can be killed. */
export interface BusVictim {
  /** Values taken, as text. */
  taken(): readonly string[];
  /** Ends the client without a word. */
  kill(): Promise<void>;
}

/** What the contract needs of a broker. */
export interface BusUnderTest {
  /** One more client of the same broker. */
  connect(): Promise<Bus>;
  victim(options: { readonly topic: string; readonly group: string }): Promise<BusVictim>;
  close(): Promise<void>;
}

/**
 * Resolves when it is true.
 *
 * @param ms Milliseconds to wait at most.
 * @throws Error when the time is over.
 */
export async function until(is: () => boolean, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!is()) {
    if (Date.now() > deadline) throw new Error(`not true within ${ms} ms: ${is.toString()}`);
    await rest(10);
  }
}

/** Resolves after so many milliseconds. */
export function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A topic that no other test has. */
export async function freshTopic(bus: Bus, partitions: number, settings: TopicSpec['settings'] = {}): Promise<string> {
  const topic = `test.${randomUUID()}`;
  await bus.ensure([{ topic, partitions, settings }]);
  return topic;
}

/** A handler that finishes at once, and what it was given. */
export function taker(): { readonly messages: BusMessage[]; values(): string[]; handle(message: BusMessage): void } {
  const messages: BusMessage[] = [];
  return {
    messages,
    values: () => messages.map(({ value }) => text(value)),
    handle: (message) => void messages.push(message),
  };
}

export function text(value: Uint8Array): string {
  return Buffer.from(value).toString();
}

/** Sends a number each few milliseconds until stopped, and says which the broker has acknowledged. */
export function stream(bus: Bus, topic: string, everyMs = 5): { acked: string[]; stop(): Promise<void> } {
  const acked: string[] = [];
  const out: Promise<unknown>[] = [];
  const timer = setInterval(() => {
    const value = `${out.length}`;
    const sent = bus.send({ topic, key: value, value: Buffer.from(value) });
    // One that failed may have arrived or not: nothing is promised of it.
    out.push(sent.then(() => acked.push(value)).catch(() => undefined));
  }, everyMs);
  return {
    acked,
    async stop() {
      clearInterval(timer);
      await Promise.all(out);
    },
  };
}
