/** Told what an operator may want to read. Must not throw. */
export type BusLog = (level: 'info' | 'warn', message: string, fields: Readonly<Record<string, unknown>>) => void;

/** How to reach the brokers, and as whom. */
export interface KafkaOptions {
  /** `host:port` of the brokers to begin with. */
  readonly brokers: readonly string[];
  /** Names this client in the brokers' logs and quotas. */
  readonly clientId: string;
  readonly sasl?:
    { readonly mechanism: 'scram-sha-512'; readonly username: string; readonly password: string } | undefined;
  /** Speak TLS, and check the broker's certificate. */
  readonly tls?: boolean | undefined;
  /** Copies of each partition of the topics that `ensure` makes. */
  readonly replication?: number | undefined;
  readonly log?: BusLog | undefined;
}

/**
 * Milliseconds, measured on this client: the session is the shortest that a broker takes, so a dead member's
 * partitions move after 6 s; a long poll of half a second is the longest that a stop or a commit may have to wait.
 */
export const TIMES = {
  session: 6_000,
  heartbeat: 1_000,
  rebalance: 10_000,
  longPoll: 500,
  connect: 1_000,
  metadata: 300_000,
  /** Between two commits of what is finished. */
  commit: 200,
  /** A send that is not acknowledged by then has failed for its caller. */
  send: 2_000,
  /** Between two questions whether the broker is there. */
  ping: 2_000,
  /** Before a consumer that failed is begun again. */
  restart: 500,
  /** The longest that a stop waits for the broker. */
  leave: 3_000,
  /** The longest that a consumption may take to begin. */
  join: 30_000,
  /** The longest that a topic or a group may take to be known where one asks for it. */
  settle: 4_000,
  /** The longest that topics may take to be made: a broker without CPU to spare makes a dozen in seconds. */
  make: 30_000,
} as const;
