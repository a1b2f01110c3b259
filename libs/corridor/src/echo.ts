import type { Bus, Clock, Ids, Subscription } from '@sallyport/contracts';
import { encode, type MessageOf } from './wire.ts';

/** Until the first one is back, and then. */
const soonMs = 250;
const everyMs = 2_000;
const freshMs = 10_000;

/** Proves that a process hears what it sends: it pings a partition that it holds, again and again. */
export interface Echo {
  /** Begins to ping, by the partitions of this subscription. A ping that is lost is sent again. */
  start(subscription: Subscription): void;
  heard(message: MessageOf<'echo'>): void;
  /** True while a ping came back lately and the bus is there. */
  ready(): boolean;
  stop(): void;
}

export interface EchoParts {
  readonly bus: Bus;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly topic: string;
  readonly instance: string;
}

/** Builds an echo that is not started. */
export function createEcho({ bus, ids, clock, topic, instance }: EchoParts): Echo {
  const id = ids.random(16);
  const value = encode({ kind: 'echo', id, instance });
  let back: number | undefined;
  let turn = 0;
  let timer: NodeJS.Timeout | undefined;

  function ping(subscription: Subscription): void {
    const held = subscription.partitions();
    const partition = held[turn++ % Math.max(1, held.length)];
    // A send that fails is one ping less: the next comes soon.
    if (partition !== undefined) bus.send({ topic, partition, value }).catch(() => undefined);
  }

  const isFresh = (): boolean => back !== undefined && clock.monotonic() - back < freshMs;

  function next(subscription: Subscription): void {
    ping(subscription);
    timer = setTimeout(next, isFresh() ? everyMs : soonMs, subscription);
  }

  return {
    start: next,
    heard(message) {
      if (message.id === id && message.instance === instance) back = clock.monotonic();
    },
    ready: () => isFresh() && bus.healthy(),
    stop: () => clearTimeout(timer),
  };
}
