import type { Outcome, UpstreamFailure } from '@sallyport/contracts';

/** Why a call that was sent has no result, for the record and for the client. */
export type FailureReason =
  | Exclude<UpstreamFailure, 'upstream_down' | 'upstream_full' | 'upstream_no_subscriptions' | 'upstream_not_shared'>
  | 'outcome_unknown'
  | 'upstream_error';

/**
 * What is known of a call that was sent and has no result. An upstream that went away under it, or refused it by an HTTP
 * status, may have acted before.
 */
export function failureReason(outcome: Exclude<Outcome, { kind: 'result' }>): FailureReason {
  if (outcome.kind === 'error') return 'upstream_error';
  switch (outcome.reason) {
    case 'upstream_down':
    // The others are said of calls that were not sent; of one that was, they would tell nothing.
    case 'upstream_full':
    case 'upstream_no_subscriptions':
    case 'upstream_not_shared':
      return 'outcome_unknown';
    default:
      return outcome.reason;
  }
}
