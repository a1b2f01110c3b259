import type { Bus, Clock, Ids, MessageOf, Subscription } from '@sallyport/contracts';
import type { BrokerTime } from './broker-time.ts';
import { encode } from './messages.ts';

/** Until the first one is back, and then. */
const soonMs = 250;
const everyMs = 2_000;
const freshMs = 10_000;

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
  /** Pings that may come back, and when they went. */
  const out = new Map<string, number>();
  let back: number | undefined;
  let turn = 0;
  let timer: NodeJS.Timeout | undefined;

  function probe(subscription: Subscription): void {
    const now = clock.monotonic();
    for (const [id, sent] of out) if (now - sent > freshMs) out.delete(id);
    const held = subscription.partitions();
    const partition = held[turn++ % Math.max(1, held.length)];
    if (partition === undefined) return;
    const id = ids.random(16);
    out.set(id, now);
    // A send that fails is one probe less: the next comes soon.
    bus.send({ topic, partition, value: encode({ kind: 'loopback', id, instance }) }).catch(() => undefined);
  }

  const isFresh = (): boolean => back !== undefined && clock.monotonic() - back < freshMs;

  function next(subscription: Subscription): void {
    probe(subscription);
    timer = setTimeout(next, isFresh() ? everyMs : soonMs, subscription);
  }

  return {
    start: next,
    heard({ id, instance: whose }, appended) {
      const sent = out.get(id);
      if (sent === undefined || whose !== instance) return;
      out.delete(id);
      back = clock.monotonic();
      time.measured(sent, appended);
    },
    ready: () => isFresh() && bus.healthy(),
    stop: () => clearTimeout(timer),
  };
}
