/** What an incident asks of an operator: `error` somebody has to act; `warn` look at it in working hours; `info` nothing. */
export type Severity = 'error' | 'warn' | 'info';

/** What is known of an incident before it happens. The message is constant, so that a log can be searched for it. */
export interface IncidentKind {
  readonly severity: Severity;
  readonly message: string;
}

/** Every incident that a program can report. docs/how-to/monitor.md says of each what to do. */
export const incidents = {
  audit_unavailable: { severity: 'error', message: 'decision could not be recorded, call refused' },
  outcome_spooled: { severity: 'error', message: 'outcome could not be committed, kept in the local spool' },
  outcome_refused: { severity: 'error', message: 'spooled outcome was set aside, audit will never write it' },
  ran_unrecorded: { severity: 'error', message: 'outcome could not be kept anywhere' },
  refusals_uncounted: { severity: 'error', message: 'refusals could not be counted for the record' },
  client_request_failed: { severity: 'error', message: 'request to a client could not be recorded, not passed on' },
  expire_failed: { severity: 'error', message: 'call could not be closed, it has no decision on record' },
  guard_failed: { severity: 'error', message: 'guard failed, call denied' },
  policy_mismatch: { severity: 'error', message: 'closures disagree with cedar, cedar decided' },
  budgets_not_read: { severity: 'error', message: 'budgets could not be read from the record' },
  counters_unavailable: { severity: 'warn', message: 'counters could not be reached' },
  charge_lost: { severity: 'warn', message: 'charge could not be settled in time' },
  sign_in_failed: { severity: 'warn', message: 'a user could not sign in at an upstream' },
  switches_not_read: { severity: 'error', message: 'kill switches and tenants could not be read' },
  sweep_failed: { severity: 'error', message: 'open calls could not be closed' },
  question_not_told: { severity: 'warn', message: 'webhook did not take a question, tried again while it waits' },
  definitions_unsettled: {
    severity: 'error',
    message: 'first definitions of an upstream could not be recorded, tools hidden',
  },
  maintenance_failed: { severity: 'warn', message: 'maintenance round failed' },
  request_failed: { severity: 'error', message: 'request ended with an internal error' },
  upstream_unlisted: { severity: 'warn', message: 'upstream did not list its tools' },
  token_unfit: {
    severity: 'warn',
    message: 'token not accepted: its claims do not fit, or its issuer could not be asked',
  },
  stdio_broken: { severity: 'warn', message: 'standard input or output failed' },

  // Among services.
  message_rejected: { severity: 'error', message: 'message rejected, forged or out of order' },
  refusal_unrecorded: { severity: 'error', message: 'rejected message could not be recorded' },
  malformed: { severity: 'error', message: 'message could not be read, dropped' },
  misdirected: { severity: 'error', message: 'message arrived at the wrong station, dropped' },
  journal_unavailable: { severity: 'error', message: 'commit for a gateway failed, journal unavailable' },
  commit_failed: { severity: 'error', message: 'commit for a gateway failed' },
  not_forwarded: { severity: 'error', message: 'call could not be forwarded in time' },
  not_answered: { severity: 'error', message: 'gateway could not be answered in time' },
  station_failed: { severity: 'error', message: 'message could not be handled' },
  gateways_not_told: { severity: 'warn', message: 'what a client said could not be passed on to the other gateways' },
  outbox_full: { severity: 'error', message: 'retry queue is full, message dropped' },
  outbox_left: { severity: 'warn', message: 'stopped with unsent messages in the retry queue' },
  feed_stalled: { severity: 'error', message: 'feed stalled' },
  follow_failed: { severity: 'warn', message: 'record or files could not be followed' },
  configuration_mismatch: { severity: 'warn', message: 'programs have different configurations, call refused' },
  broker_time_unknown: { severity: 'warn', message: 'broker time unknown, late calls are not dropped' },
  clock_skewed: { severity: 'warn', message: "clock differs from the broker's" },
  past_deadline: { severity: 'warn', message: 'call arrived after its deadline, dropped' },
  call_repeated: { severity: 'info', message: 'repeated call ignored' },
  message_repeated: { severity: 'info', message: 'repeated message ignored' },
  message_foreign: { severity: 'info', message: 'message for another process ignored' },
} as const satisfies Readonly<Record<string, IncidentKind>>;

/** The name of an incident, as logs, metrics and the documentation have it. */
export type IncidentName = keyof typeof incidents;
