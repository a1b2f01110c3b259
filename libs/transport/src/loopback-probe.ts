import type { Bus, Clock, Ids, MessageOf, Subscription } from '@sallyport/contracts';
import type { BrokerTime } from './broker-time.ts';
import { encode } from './messages.ts';
import { createProbing } from './probing.ts';

/** Proves that a process hears what it sends: it probes a partition that it holds, again and again. */
export interface LoopbackProbe {
  /** Begins to probe, by the partitions of this subscription. A probe that is lost is sent again. */
  start(subscription: Subscription): void;
  /** @param time when the broker took it, by its clock */
  heard(message: MessageOf<'loopback'>, time: number | null): void;
  /** True while a probe came back lately and the bus is there. */
  ready(): boolean;
  stop(): void;
}

export interface LoopbackProbeParts {
  readonly bus: Bus;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Told of every probe that came back. */
  readonly time: BrokerTime;
  readonly topic: string;
  readonly instance: string;
}

/** Builds a probe that is not started. */
export function createLoopbackProbe({ bus, ids, clock, time, topic, instance }: LoopbackProbeParts): LoopbackProbe {
  let subscription: Subscription | null = null;
  let turn = 0;
  const probing = createProbing({ clock, ids, time }, (id) => {
    const held = subscription?.partitions() ?? [];
    const partition = held[turn++ % Math.max(1, held.length)];
    if (partition === undefined) return;
    bus.send({ topic, partition, value: encode({ kind: 'loopback', id, instance }) }).catch(() => undefined);
  });

  return {
    start(own) {
      subscription = own;
      probing.start();
    },
    heard({ id, instance: whose }, appended) {
      if (whose === instance) probing.heard(id, appended);
    },
    ready: () => probing.isFresh() && bus.healthy(),
    stop: probing.stop,
  };
}
