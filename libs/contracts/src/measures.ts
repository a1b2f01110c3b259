/** What a measure is shown as, and what `part` of it is called. */
export interface MeasureSpec {
  /** The name of the metric, with its unit. */
  readonly metric: string;
  readonly help: string;
  /** The label of the parts; null where there is but one. */
  readonly label: string | null;
  /** Durations are measured in milliseconds and shown in seconds. */
  readonly unit: 'ms' | 'count';
}

function duration(metric: string, label: string | null, help: string): MeasureSpec {
  return { metric: `sallyport_${metric}_duration_seconds`, help, label, unit: 'ms' };
}

/** What a call spends its time on. Parts are names of the configuration or of the program, never a caller's. */
export const measures = {
  guard: duration('guard', 'guard', 'One guard’s verdict on one call.'),
  lookup: duration('lookup', 'upstream', 'A resolver’s answer about one object, where it was asked.'),
  lookup_wait: duration('lookup_wait', null, 'Waiting for a place among the lookups in flight.'),
  upstream: duration('upstream', 'upstream', 'From sending a call to the upstream’s answer.'),
  commit: duration('commit', null, 'From asking for a commit until it is durable, with its time in line.'),
  commit_size: {
    metric: 'sallyport_commit_size_commits',
    help: 'Commits that shared one transaction, and so one sync.',
    label: null,
    unit: 'count',
  },
  redis: duration('redis', null, 'One question to Redis until its answer or its time-out.'),
  kafka_send: duration('kafka_send', 'topic', 'From giving a message to the client until the broker has it.'),
  hop: duration(
    'hop',
    'topic',
    'From the broker’s taking a message until this program took it, by the broker’s clock.',
  ),
} as const satisfies Readonly<Record<string, MeasureSpec>>;

export type Measure = keyof typeof measures;

/** How much of something there is now, read for each scrape. */
export const depths = {
  commits_waiting: { metric: 'sallyport_commits_waiting', help: 'Commits that are asked for and not durable yet.' },
  lookups_in_flight: { metric: 'sallyport_lookups_in_flight', help: 'Lookups that resolvers have in hand.' },
  lookups_waiting: { metric: 'sallyport_lookups_waiting', help: 'Lookups that wait for a place.' },
  bodies_waiting: { metric: 'sallyport_bodies_waiting', help: 'Large requests that wait to be read.' },
  results_waiting: { metric: 'sallyport_results_waiting', help: 'Large results that wait to be sanitized.' },
  sessions: { metric: 'sallyport_sessions_open', help: 'Sessions of clients that this process remembers.' },
  parked_calls: { metric: 'sallyport_parked_calls', help: 'Calls whose upstream waits for their client to come back.' },
  holds: { metric: 'sallyport_holds_open', help: 'Questions that wait for people.' },
  spool: { metric: 'sallyport_spool_commits', help: 'Outcomes in the local spool.' },
  relay_lag: {
    metric: 'sallyport_relay_lag_events',
    help: 'Events that are recorded and not on the feed’s topic yet.',
  },
  kafka_lag: { metric: 'sallyport_kafka_lag_messages', help: 'Messages of its topic that this program has not taken.' },
} as const satisfies Readonly<Record<string, { readonly metric: string; readonly help: string }>>;

export type Depth = keyof typeof depths;
