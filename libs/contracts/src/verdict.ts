import type { Digest } from './call.ts';
import type { Station } from './guard.ts';
import type { LimitCheck } from './ports.ts';
import type { JsonObject } from './json.ts';

/** What one guard says of one call. Only a guard that is declared to grant may say `allow`. */
export type Effect = 'pass' | 'allow' | 'deny' | 'hold';

interface VerdictFacts {
  readonly guard: string;
  /** Ids of the policies or limits that decided; recorded, never shown to the client. */
  readonly rules?: readonly string[];
  readonly limits?: readonly LimitStatus[];
  /** What the call takes of budgets if it is allowed; from the record it can be told what was spent. */
  readonly spent?: readonly { readonly id: string; readonly amount: number }[];
  /** Set when the guard judged without its store, and which behaviour was configured. */
  readonly degraded?: 'deny' | 'allow' | 'local';
  /** Digest of what the guard was configured with. */
  readonly settings?: Digest;
  /** Judged and recorded, not enforced. */
  readonly shadow?: true;
  /** The guard's wall clock, milliseconds since the epoch, where it judged by time. */
  readonly at?: number;
  /** Name and version of the policy engine that judged. */
  readonly engine?: string;
  /** Details for the record: no personal data, no argument values. */
  readonly detail?: JsonObject;
}

export interface PassVerdict extends VerdictFacts {
  readonly effect: 'pass';
  /** The approval that satisfies the holds of the guards named in `satisfies`. */
  readonly approval?: ApprovalUse;
  readonly satisfies?: readonly string[];
}

export interface AllowVerdict extends VerdictFacts {
  readonly effect: 'allow';
}

export interface DenyVerdict<Reason extends string = string> extends VerdictFacts {
  readonly effect: 'deny';
  readonly reason: Reason;
  /** One sentence that tells the model what to do next; no internals. */
  readonly advice: string;
  readonly retryAfterMs?: number;
  /** Scopes that the caller's token lacks, all that it would need for this call. */
  readonly scopes?: readonly string[];
}

/** What is said of a call that programs with different configurations had in hand. */
export const otherSettings = {
  reason: 'configuration_mismatch',
  advice:
    'The services have different configurations now, so the call was refused. Try again in some seconds; if it goes on, tell the operator.',
} as const;

export interface HoldVerdict<Reason extends string = string> extends VerdictFacts {
  readonly effect: 'hold';
  readonly reason: Reason;
  readonly requirements: readonly Requirement[];
  /** The approval that waits for people, where the confirmation guard found or opened one. */
  readonly approval?: ApprovalUse;
}

export type Verdict = PassVerdict | AllowVerdict | DenyVerdict | HoldVerdict;

/** Whether a verdict denies the call: one in shadow is only recorded. */
export function isEnforcedDeny(verdict: Verdict): verdict is DenyVerdict {
  return verdict.effect === 'deny' && verdict.shadow !== true;
}

/** Whether a verdict holds the call: one in shadow is only recorded. */
export function isEnforcedHold(verdict: Verdict): verdict is HoldVerdict {
  return verdict.effect === 'hold' && verdict.shadow !== true;
}

/**
 * Whether the guards of a station have to judge a call with these verdicts: nobody after a deny, and confirmation only where
 * something holds the call.
 */
export function mustAnswer(station: Station, verdicts: readonly Verdict[]): boolean {
  if (verdicts.some(isEnforcedDeny)) return false;
  return station !== 'confirmation' || verdicts.some(isEnforcedHold);
}

/** Whom a held call needs. All requirements of a hold must be met. */
export interface Requirement {
  readonly who: 'self' | 'other' | 'group';
  /** How many distinct people; 1 for `self`. */
  readonly count: number;
  /** The role that may approve, for `group`. */
  readonly group: string | null;
  /** The question to put, with the values filled in. Holds argument values: sealed, never in an event. */
  readonly ask: string;
  /** Values in the question are cut, as it says. Nobody may say yes to it who could not see all of them. */
  readonly cut?: true;
  readonly rule: string;
  /** Digest of the text of the policy that asks: an approval is for these words. */
  readonly policy?: Digest;
}

/** Which approval a verdict stands on, and at which version of its stream it was read. */
export interface ApprovalUse {
  readonly id: string;
  /** `open` asks for a new approval, `wait` found one undecided, `consume` uses one that is granted. */
  readonly act: 'open' | 'wait' | 'consume';
  /** Number of events in the approval's stream when it was read. */
  readonly version: number;
  /** To open: how many questions the requester had ever asked when this was judged. The first to open one wins. */
  readonly asked?: number;
  /** To open: earlier approvals of the same call that can still change and are about something else by now. They end. */
  readonly replaces?: readonly { readonly id: string; readonly version: number }[];
}

/** Where one limit stands after this call. */
export interface LimitStatus {
  readonly id: string;
  readonly remaining: number;
  readonly resetMs: number;
  /** What was asked of it, where the guard says so. */
  readonly check?: Pick<LimitCheck, 'key' | 'kind' | 'max' | 'periodMs' | 'cost'>;
}

/** All verdicts together. A refusal is data, not an exception. */
export type Decision =
  | {
      readonly effect: 'allow';
      readonly reason: 'allowed';
      readonly guard: string;
      readonly approval: ApprovalUse | null;
    }
  | {
      readonly effect: 'deny';
      readonly reason: string;
      readonly guard: string;
      readonly advice: string;
      readonly retryAfterMs?: number;
      readonly scopes?: readonly string[];
    }
  | {
      readonly effect: 'hold';
      readonly reason: string;
      readonly guard: string;
      readonly requirements: readonly Requirement[];
      readonly approval: ApprovalUse | null;
    };
