/** One message as it came. */
export interface BusMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** When the broker took it, by the broker's clock, milliseconds since the epoch; null where the topic keeps another time. */
  readonly time: number | null;
  readonly key: string | null;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** One message to send. Without `partition` the key chooses one (murmur2, the same in every client). */
export interface BusRecord {
  readonly topic: string;
  readonly partition?: number;
  readonly key?: string;
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** Broker settings of the topic, for example `retention.ms`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Takes one message. The bus goes on to the next at once; the message counts as finished when the promise settles, and
 * only then is it not given again after a crash. Must not reject.
 */
export type BusHandler = (message: BusMessage) => Promise<void> | void;

/** A running consumption. */
export interface Subscription {
  /** Partitions that are this member's now. */
  partitions(): readonly number[];
  /** Messages of those that it has not taken; where the client can ask the broker. */
  lag?(): Promise<number>;
  /** Takes no more messages, gives its partitions to the others at once, and resolves when what it took is finished. */
  stop(): Promise<void>;
}

/** Thrown when the broker could not be reached or refused. */
export class BusUnavailable extends Error {
  readonly code = 'bus_unavailable';
}

/**
 * Carries messages one way. Nothing rests on its offsets: a message may come twice (after a crash, a rebalance), and
 * what is behind it is idempotent.
 */
export interface Bus {
  /** Makes the topics that are missing, and grows those with too few partitions. @throws BusUnavailable */
  ensure(topics: readonly TopicSpec[]): Promise<void>;
  /** Resolves when all in-sync replicas have it. What is sent in one turn of the event loop goes in one request. @throws BusUnavailable */
  send(record: BusRecord): Promise<void>;
  /** Number of partitions of a topic. */
  partitionsOf(topic: string): Promise<number>;
  /** Shares a topic with the other members of a group: each message is one member's. A group that is new begins at the end. */
  share(options: {
    readonly topic: string;
    readonly group: string;
    readonly handle: BusHandler;
  }): Promise<Subscription>;
  /** Every message of one partition from now on, shared with nobody. */
  inbox(options: {
    readonly topic: string;
    readonly partition: number;
    readonly handle: BusHandler;
  }): Promise<Subscription>;
  /** False while the broker is away, as far as this client has noticed. */
  healthy(): boolean;
  close(): Promise<void>;
}
