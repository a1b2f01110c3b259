import type { Bus, Ids, Subscription } from '@sallyport/contracts';
import { encode, type MessageOf } from './wire.ts';

const againMs = 250;

/** Proves that a process hears what it sends: it pings a partition that it holds, until one comes back. */
export interface Echo {
  /** Begins to ping, by the partitions of this subscription. A ping that is lost is sent again. */
  start(subscription: Subscription): void;
  heard(message: MessageOf<'echo'>): void;
  /** True once a ping came back, while the bus is there. */
  ready(): boolean;
  stop(): void;
}

export interface EchoParts {
  readonly bus: Bus;
  readonly ids: Ids;
  readonly topic: string;
  readonly instance: string;
}

/** Builds an echo that is not started. */
export function createEcho({ bus, ids, topic, instance }: EchoParts): Echo {
  const id = ids.random(16);
  const value = encode({ kind: 'echo', id, instance });
  let back = false;
  let turn = 0;
  let timer: NodeJS.Timeout | undefined;

  function ping(subscription: Subscription): void {
    const held = subscription.partitions();
    const partition = held[turn++ % Math.max(1, held.length)];
    // A send that fails is one ping less: the next comes soon.
    if (partition !== undefined) bus.send({ topic, partition, value }).catch(() => undefined);
  }

  return {
    start(subscription) {
      ping(subscription);
      if (!back) timer = setInterval(ping, againMs, subscription);
    },
    heard(message) {
      if (message.id !== id || message.instance !== instance) return;
      back = true;
      clearInterval(timer);
    },
    ready: () => back && bus.healthy(),
    stop: () => clearInterval(timer),
  };
}
