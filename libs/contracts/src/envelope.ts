import type { Call, Digest } from './call.ts';
import type { Facts } from './facts.ts';
import type { Decision, Verdict } from './verdict.ts';

/** What passes through the transport: the call, what is known of it, and the verdicts so far. */
export interface Envelope {
  readonly version: 2;
  readonly call: Call;
  readonly facts: Facts;
  /** HMAC under the tenant's key over all facts, values too: an approval is bound to it. */
  readonly factsDigest: Digest;
  /** Digest of the ordered guard list that must answer. */
  readonly guards: Digest;
  /** Digest of the policy set that was active when the evaluation began. */
  readonly policy: Digest;
  /** What the gateway has each guard configured with, by the guard's id: no guard may judge the call with anything else. */
  readonly settings: Readonly<Record<string, Digest>>;
  /** Digest of the gateway's configuration. */
  readonly config?: Digest;
  /** Sequence of the last event of each kind in Sallyport's own log that the gateway had read. */
  readonly system?: { readonly definitions: number; readonly tenants: number };
  readonly verdicts: readonly Verdict[];
  /** Instead of the arguments, of a call that was refused at the gateway: they go nowhere and are kept nowhere. */
  readonly withheld?: WithheldArguments;
}

/** What is known of arguments that were left behind. */
export interface WithheldArguments {
  /** Under the tenant's key, as the record has it. */
  readonly digest: Digest;
  /** Size of their canonical form. */
  readonly bytes: number;
}

/** Audit's answer to the gateway that owns the call; given only after the decision is durable. */
export interface Release {
  readonly callId: string;
  /** The gateway boot that created the call. */
  readonly boot: string;
  /** The digest that was judged; the gateway compares it with what it is about to send. */
  readonly digest: Digest;
  readonly decision: Decision;
  /** Sequence number of the decision in the tenant's log; null where the refusal could not be recorded. */
  readonly position: number | null;
}

/**
 * The one-way path of a call through the stations. No answer is a refusal: an implementation resolves with a denying
 * release (`audit_unavailable`, `timed_out`) and never throws. It has its own time-out, after which it closes the request:
 * a deny is recorded, or `call.not_run` if an allow already won.
 */
export interface DecisionService {
  decide(envelope: Envelope): Promise<Release>;
}
