import type { Digest } from './call.ts';

/** A person's vote on an approval. */
export interface Vote {
  /** Subject id and issuer of the approver. */
  readonly subject: string;
  readonly issuer: string;
  readonly roles: readonly string[];
  readonly answer: 'approve' | 'reject';
  readonly channel: 'elicitation' | 'cli' | 'api';
  readonly at: number;
}

/**
 * Says whether a no still refuses its call: from when it was said (or asked for, if later) for `refuseAgainFor` milliseconds.
 * Such a no is never forgotten.
 */
export function isFreshNo(
  {
    status,
    votes,
    requestedAt,
  }: Pick<ApprovalView, 'status' | 'requestedAt'> & {
    readonly votes: readonly Pick<Vote, 'answer' | 'at'>[];
  },
  { now, refuseAgainFor }: { readonly now: number; readonly refuseAgainFor: number },
): boolean {
  const rejected = votes.filter(({ answer }) => answer === 'reject').map(({ at }) => at);
  return status === 'rejected' && now - Math.max(requestedAt, ...rejected) < refuseAgainFor;
}

/** What is asked of people, without the values that the question quotes. */
export interface ApprovalNeed {
  readonly who: 'self' | 'other' | 'group';
  readonly count: number;
  readonly group: string | null;
  readonly rule: string;
  /** Digest of the text of the policy that asked, where a policy did. */
  readonly policy?: Digest | undefined;
}

/** One approval as it stands. `version` is the number of events in its stream. */
export interface ApprovalView {
  readonly id: string;
  readonly tenant: string;
  readonly version: number;
  readonly status: 'requested' | 'approved' | 'rejected' | 'consumed' | 'expired' | 'cancelled';
  readonly callId: string;
  readonly digest: Digest;
  readonly definition: Digest | null;
  /** `factsDigest` of the call that was asked about: owners, versions and attributes of the objects. */
  readonly resources: Digest;
  readonly requester: { readonly subject: string; readonly issuer: string };
  readonly upstream: string;
  readonly tool: string;
  readonly needs: readonly ApprovalNeed[];
  readonly votes: readonly Vote[];
  readonly requestedAt: number;
  /** Milliseconds since the epoch: votes after this do not count. */
  readonly decideBy: number;
  /** Milliseconds since the epoch: an approved call must run before this; null until approved. */
  readonly executeBy: number | null;
}
