import type { Bus, BusHandler, BusMessage, Subscription } from '@sallyport/contracts';
import { BusUnavailable } from '@sallyport/contracts';
import { MemoryMember } from './memory-bus-member.ts';
import { MemoryTopic } from './memory-bus-topic.ts';

export interface MemoryBrokerOptions {
  /** Says of each message whether it is given twice, as a broker does now and then. Never by default. */
  readonly repeat?: (message: BusMessage) => boolean;
  /** The broker's clock. */
  readonly now?: () => number;
}

/** One client of a `MemoryBroker`. */
export interface MemoryBus extends Bus {
  /** Ends this client as a killed process would: what it took and did not finish is given to others. */
  crash(): void;
}

/** A broker in this process's memory, for tests. It keeps every message until the end. */
export interface MemoryBroker {
  connect(): MemoryBus;
  /** From now on nothing is taken or given, and no client is healthy. */
  down(): void;
  up(): void;
}

/** One client with a broker of its own. */
export function createMemoryBus(options?: MemoryBrokerOptions): MemoryBus {
  return createMemoryBroker(options).connect();
}

/** Clients of one broker share its topics and groups. Messages are given in a later turn of the event loop. */
export function createMemoryBroker({ repeat = () => false, now = Date.now }: MemoryBrokerOptions = {}): MemoryBroker {
  const topics = new Map<string, MemoryTopic>();
  let reachable = true;
  let armed = false;

  function deliver(): void {
    armed = false;
    if (reachable) for (const topic of topics.values()) topic.deliver();
  }

  function wake(): void {
    if (armed) return;
    armed = true;
    setImmediate(deliver);
  }

  const broker: BrokerSide = {
    reachable: () => reachable,
    wake,
    ensure(name, partitions) {
      const topic = topics.get(name) ?? new MemoryTopic(name, { repeat, now });
      topics.set(name, topic);
      topic.grow(partitions);
    },
    topic(name) {
      const topic = topics.get(name);
      if (!topic) throw new BusUnavailable(`there is no topic ${name}`);
      return topic;
    },
  };

  return {
    connect: () => connect(broker),
    down() {
      reachable = false;
    },
    up() {
      reachable = true;
      wake();
    },
  };
}

interface BrokerSide {
  reachable(): boolean;
  wake(): void;
  ensure(name: string, partitions: number): void;
  topic(name: string): MemoryTopic;
}

function connect(broker: BrokerSide): MemoryBus {
  const open = new Set<{ readonly stop: () => Promise<void>; readonly end: (crashed: boolean) => void }>();
  let closed = false;

  function reach(): BrokerSide {
    if (closed) throw new BusUnavailable('this client is closed');
    if (!broker.reachable()) throw new BusUnavailable('the broker is away');
    return broker;
  }

  /** A running consumption; `leave` takes the member out of the topic. */
  function subscription(member: MemoryMember, partitions: () => number[], leave: (crashed: boolean) => void) {
    function end(crashed: boolean): void {
      if (!member.running) return;
      member.running = false;
      open.delete(entry);
      leave(crashed);
      broker.wake();
    }
    async function stop(): Promise<void> {
      end(false);
      await member.settled();
    }
    const entry = { stop, end };
    open.add(entry);
    broker.wake();
    return { partitions: () => (member.running ? partitions() : []), stop } satisfies Subscription;
  }

  function share({ topic, group, handle }: { topic: string; group: string; handle: BusHandler }): Subscription {
    const member = new MemoryMember(handle);
    const { partitions, leave } = reach().topic(topic).share(group, member);
    return subscription(member, partitions, leave);
  }

  function inbox(options: { topic: string; partition: number; handle: BusHandler }): Subscription {
    const member = new MemoryMember(options.handle);
    const { leave } = reach().topic(options.topic).inbox(options.partition, member);
    return subscription(member, () => [options.partition], leave);
  }

  return {
    async ensure(specs) {
      for (const { topic, partitions } of specs) reach().ensure(topic, partitions);
    },
    async send(record) {
      reach().topic(record.topic).append(record);
      broker.wake();
    },
    partitionsOf: async (topic) => reach().topic(topic).partitions,
    share: async (options) => share(options),
    inbox: async (options) => inbox(options),
    healthy: () => !closed && broker.reachable(),
    async close() {
      closed = true;
      await Promise.all([...open].map(({ stop }) => stop()));
    },
    crash() {
      closed = true;
      for (const { end } of open) end(true);
    },
  };
}
