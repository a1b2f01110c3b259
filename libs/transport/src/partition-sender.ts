import { setTimeout as pause } from 'node:timers/promises';
import type { Bus, Clock } from '@sallyport/contracts';

const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** Where a message goes: what has the same `name` goes to one partition of a topic, each further attempt to the next one. */
export interface Route {
  readonly topic: string;
  readonly name: string;
  readonly attempt: number;
}

export interface OutboundMessage {
  readonly route: Route;
  /** The tenant, where the message is of one. */
  readonly key?: string;
  readonly value: Uint8Array;
}

/** Sends along routes. */
export interface PartitionSender {
  /** @throws BusUnavailable */
  send(message: OutboundMessage): Promise<void>;
  /** Sends, and again while the bus is away, for so many milliseconds. False when it was not taken by then. */
  deliver(message: OutboundMessage, forMs: number): Promise<boolean>;
}

/** Builds a sender over a bus. It asks once how many partitions a topic has. */
export function createPartitionSender({ bus, clock }: { readonly bus: Bus; readonly clock: Clock }): PartitionSender {
  const counts = new Map<string, number>();

  async function countOf(topic: string): Promise<number> {
    const count = await bus.partitionsOf(topic);
    counts.set(topic, count);
    return count;
  }

  async function send({ route, key, value }: OutboundMessage): Promise<void> {
    const count = counts.get(route.topic) ?? (await countOf(route.topic));
    const partition = (hashOf(route.name) + route.attempt) % count;
    await bus.send({ topic: route.topic, partition, value, ...(key === undefined ? {} : { key }) });
  }

  return {
    send,
    deliver: (message, forMs) => untilSent(() => send(message), clock, forMs),
  };
}

/** However long somebody may wait: a process that does not know the time must not try for ever. */
const longestMs = 10 * 60_000;

/** Repeats a send that fails, for so many milliseconds; true once it went. */
export async function untilSent(send: () => Promise<void>, clock: Clock, forMs: number): Promise<boolean> {
  const until = clock.monotonic() + Math.min(forMs, longestMs);
  for (let waitMs = firstPauseMs; ; waitMs = Math.min(waitMs * 2, longestPauseMs)) {
    try {
      await send();
      return true;
    } catch {
      if (clock.monotonic() + waitMs > until) return false;
      await pause(waitMs);
    }
  }
}

/** FNV-1a, 32 bits: spreads names over partitions; no secret is in it. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
