import type { ApprovalNeed, Digest, EventData, NewEvent } from '@sallyport/contracts';

/** A person as events name one: a pseudonym, which stands for one subject of one issuer. */
export interface Person {
  readonly ref: string;
  readonly issuer: string;
  /** The pseudonym of everybody whose id reads the same, at whatever issuer. */
  readonly likeness?: string | undefined;
}

/** What was asked; it never changes once asked. Times in milliseconds since the epoch. */
export interface Question {
  readonly id: string;
  readonly tenant: string;
  readonly callId: string;
  readonly digest: Digest;
  readonly definition: Digest | null;
  readonly resources: Digest;
  readonly requester: Person;
  /** The pseudonym of the client that made the call; null where no token names it. */
  readonly agent: string | null;
  readonly upstream: string;
  readonly tool: string;
  readonly needs: readonly ApprovalNeed[];
  readonly requestedAt: number;
  readonly decideBy: number;
  readonly executeWithinMs: number;
}

/** A vote as it counts; `roles` are those of the voter at that time. */
export interface CastVote {
  readonly voter: Person;
  readonly roles: readonly string[];
  readonly answer: 'approve' | 'reject';
  readonly channel: 'elicitation' | 'cli' | 'api';
  readonly at: number;
}

interface Asked {
  readonly question: Question;
  readonly votes: readonly CastVote[];
}

/** One approval. Only an approved one has a time by which its call must run, and only a consumed one a call that did. */
export type ApprovalState =
  | { readonly status: 'none' }
  | (Asked & { readonly status: 'requested' })
  | (Asked & { readonly status: 'approved'; readonly executeBy: number })
  | (Asked & { readonly status: 'rejected' })
  | (Asked & { readonly status: 'consumed'; readonly executeBy: number | null; readonly consumedBy: string })
  | (Asked & { readonly status: 'expired'; readonly reason: EventData['approval.expired']['reason'] })
  | (Asked & { readonly status: 'cancelled' });

export type AskedState = Exclude<ApprovalState, { status: 'none' }>;

export type ApprovalEventType =
  'approval.requested' | 'approval.voted' | 'approval.consumed' | 'approval.expired' | 'approval.cancelled';

/** What `evolve` reads of an event of an approval's stream: also of those that the pipeline writes. */
export type ApprovalEvent = {
  [Type in ApprovalEventType]: Pick<NewEvent<Type>, 'type' | 'time' | 'data'>;
}[ApprovalEventType];
