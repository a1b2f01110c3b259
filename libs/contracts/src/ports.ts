import type { KeyObject } from 'node:crypto';
import type { CatalogTool, ExplainedVisibility, Visibility } from './catalog.ts';
import type { Call, CallAction, Digest } from './call.ts';
import type { TenantQuotas } from './config/identity.config.ts';
import type { Facts, ResourceFact } from './facts.ts';
import type { Subject } from './identity.ts';
import type { ServerRequestMethod } from './methods.ts';
import type { IncidentName } from './incidents.ts';
import type { Depth, Measure } from './measures.ts';
import type { JsonObject } from './json.ts';
import type { Decision, LimitStatus, Requirement } from './verdict.ts';
import type { ApprovalView } from './approval.ts';
import type { Caller } from './upstream.ts';

export interface Clock {
  /** Wall clock, milliseconds since the epoch. For records. */
  now(): number;
  /** Monotonic, milliseconds. For deadlines and durations. */
  monotonic(): number;
}

export interface Ids {
  /** 128 bits in ULID form, later ids sort later. */
  ulid(): string;
  /** `bytes` random bytes as base64url without padding. */
  random(bytes: number): string;
}

/** Keys per tenant; held in the data directory or a key service, never in the journal. */
export interface Keys {
  /** Key of the call digest and of argument digests. */
  digestKey(tenant: string): KeyObject;
  /** Key that seals what a client carries for us (`requestState`). */
  sealKey(tenant: string): Buffer;
}

/** One limit that a call must fit in. All limits of a reservation are charged, or none. */
export interface LimitCheck {
  readonly id: string;
  /** Counter identity without the tenant, which the port adds. */
  readonly key: string;
  readonly kind: 'rate' | 'budget' | 'concurrent' | 'identical';
  /** `attempt` stays charged whatever is decided; `use` is given back on deny or hold. */
  readonly settle: 'attempt' | 'use';
  readonly max: number;
  /** Milliseconds: GCRA period, budget window (aligned to the epoch), lease, or window from the first identical call. */
  readonly periodMs: number;
  /** GCRA burst; ignored by the other kinds. */
  readonly burst: number;
  /** Tokens to take; 1 except for budgets. */
  readonly cost: number;
}

/** A call in flight can end at any time: who waits for one is asked back after this long at most, in milliseconds. */
export const MOST_BUSY_MS = 1_000;

export type Reservation =
  | { readonly ok: true; readonly statuses: readonly LimitStatus[] }
  | {
      readonly ok: false;
      /** Index of the limit that refuses. */
      readonly refusedBy: number;
      /**
       * Milliseconds until a retry can succeed; null for never (cost above the maximum). For `concurrent` at most
       * `MOST_BUSY_MS`: no counter knows when a call will end.
       */
      readonly retryMs: number | null;
      readonly statuses: readonly LimitStatus[];
      /** For `identical`: the callId of the latest call that was counted. */
      readonly earlier?: string;
    };

/** Thrown by `Counters` when its store can't be reached; the limits guard turns it into what each limit says. */
export class CountersUnavailable extends Error {
  readonly code = 'counters_unavailable';
}

/**
 * Thrown by `Counters` for a reservation with a budget while nobody has told it what was spent of the tenant's budgets: a
 * store that was lost must not start them from zero. Nothing was charged.
 */
export class BudgetsUnknown extends CountersUnavailable {
  /** Milliseconds after which they may be known, as far as anybody can tell. */
  readonly retryAfterMs: number | null;
  /** Names the loss, for `restore`; null where the store can be lost only once. */
  readonly loss: string | null;

  constructor(
    message: string,
    { retryAfterMs = null, loss = null }: { readonly retryAfterMs?: number | null; readonly loss?: string | null } = {},
  ) {
    super(message);
    this.retryAfterMs = retryAfterMs;
    this.loss = loss;
  }
}

/** What was spent of one budget in one window, by the record. */
export interface SpentBudget {
  /** Counter identity, as in `LimitCheck`. */
  readonly key: string;
  readonly periodMs: number;
  /** Windows since the epoch. */
  readonly window: number;
  readonly amount: number;
}

/** All-or-nothing limits, idempotent per (tenant, id): a repeated reserve answers as the first did and charges nothing. */
export interface Counters {
  reserve(request: {
    readonly tenant: string;
    /** `<callId>/<guard>` */
    readonly id: string;
    readonly limits: readonly LimitCheck[];
  }): Reservation | Promise<Reservation>;
  /**
   * `allowed` keeps use limits, `refused` gives them and leases back, `finished` frees leases when the call has run.
   * Unknown ids are ignored. An unsettled reservation is given back by itself after its lease.
   */
  settle(tenant: string, id: string, outcome: 'allowed' | 'refused' | 'finished'): void | Promise<void>;
  /**
   * Tells all that was spent of a tenant's budgets; what is not named is unspent. Changes nothing where that is known
   * already, so that several may tell it at once, nor after another loss than the one that was read for: calls that were
   * charged before that one may not be on record yet.
   */
  restore(tenant: string, spent: readonly SpentBudget[], loss?: string | null): void | Promise<void>;
}

/** Ids that count once each, among all who share the store. */
export interface UsedIds {
  /**
   * Uses an id.
   *
   * @param forMs how long it is remembered
   * @returns whether nobody had used it
   * @throws CountersUnavailable where that can't be found out: the store is away, or full
   */
  use(tenant: string, id: string, forMs: number): Promise<boolean>;
}

export interface AccessRequest {
  readonly subject: Subject;
  readonly agent: string;
  readonly action: CallAction;
  readonly tool: CatalogTool;
  readonly arguments: JsonObject;
  /** Of what is no tool, `resources` is its `targetFact` alone: without it the call is denied. */
  readonly facts: Facts;
}

/** What policies say of one call, over every object that it names. */
export type AccessAnswer =
  | { readonly effect: 'allow'; readonly rules: readonly string[] }
  | {
      readonly effect: 'deny';
      readonly rules: readonly string[];
      readonly reason: AccessReason;
      /** From `@advice`; null where the policy says nothing. */
      readonly advice: string | null;
      /** Of `insufficient_scope`: with these beside its own, a token would do. */
      readonly scopes?: readonly string[];
    }
  | { readonly effect: 'hold'; readonly rules: readonly string[]; readonly requirements: readonly Requirement[] };

export type AccessReason =
  | 'not_permitted'
  | 'insufficient_scope'
  | 'not_owner'
  | 'forbidden'
  | 'wildcard_argument'
  | 'bulk_argument'
  | 'unbounded_query'
  | 'object_unresolved'
  | 'reserved_key'
  | 'policy_error';

/** What an upstream asks of the client of a call, as policies see it. */
export interface AskedOfClient {
  readonly subject: Subject;
  readonly agent: string;
  /** What the call is of. */
  readonly tool: CatalogTool;
  readonly method: ServerRequestMethod;
  /** Of an elicitation: a form, or a page of a host. */
  readonly mode?: 'form' | 'url';
  readonly host?: string;
}

/** What policies say of it. The configuration grants it, so that they only forbid. */
export type AskAnswer =
  | { readonly effect: 'pass' }
  | {
      readonly effect: 'deny';
      readonly rules: readonly string[];
      readonly reason: 'forbidden' | 'policy_error';
      readonly advice: string | null;
    };

/** One compiled, immutable policy set. */
export interface Policies {
  /** sha256 over the sorted policy texts. */
  readonly digest: Digest;
  /** Name and version of the engine that judges. */
  readonly engine?: string;
  authorize(request: AccessRequest): AccessAnswer;
  /** Whether an upstream that is granted it may ask something of the client of a call. */
  mayAsk(asked: AskedOfClient): AskAnswer;
  /**
   * What any call of `tool` could come to; of a template, the reading of a resource of it.
   *
   * @param object one resource of an entry that stands for many: its `targetFact`
   */
  visible(subject: Subject, tool: CatalogTool, object?: ResourceFact): Visibility;
  /** `visible` with its reason, for a person who asks why. */
  explain(subject: Subject, tool: CatalogTool, object?: ResourceFact): ExplainedVisibility;
}

/** The policy set that is active now. */
export interface PolicyStore {
  current(tenant: string): Policies;
}

/** What was switched off, of the calls of one tenant or of all. */
export interface SwitchTarget {
  readonly what: 'tenant' | 'tool' | 'agent';
  /** The tenant's id, `<upstream>/<tool>`, `<upstream>/<kind>:<name>` or `<upstream>/*`, or the client's id. */
  readonly name: string;
  /** The tenant whose calls are meant; null for all. For a tenant always null. */
  readonly of: string | null;
}

/** Where users sign in at upstreams, each for their own calls. */
export interface SignIns {
  isConnected(upstream: string, caller: Caller): Promise<boolean>;
}

/** The kill switches. Answers from memory: what was thrown anywhere counts here within a second. */
export interface Switches {
  /** The switch that stops this call; null when none does. */
  stopping(call: Pick<Call, 'tenant' | 'upstream' | 'target' | 'agent'>): SwitchTarget | null;
}

/** What onboarded tenants may use. Answers from memory; the same object until it changes. */
export interface Quotas {
  quotaOf(tenant: string): TenantQuotas | null;
}

/** What is switched off in every dry run, and tenants that may make one call (at once): names that nothing real has. */
export const dryRun = {
  tenant: '_self-check-off',
  tool: '_self-check/off',
  agent: '_self-check-off',
  calls: '_self-check-calls',
  concurrent: '_self-check-concurrent',
} as const;

export interface QuestionCounts {
  /** Questions that still wait. */
  readonly pending: number;
  /** Questions that were ever opened: the version of the stream in which each is counted. */
  readonly total: number;
  /** Calls that people said no to within `refuse_again_for`. */
  readonly refused: number;
}

/** The read model of approvals: what people were asked, and what they said. */
export interface Approvals {
  /** Approvals for exactly this call, newest first; empty when nobody was asked. */
  forCall(call: Call): readonly ApprovalView[] | Promise<readonly ApprovalView[]>;
  /** What this requester asked of people so far; ask before `forCall`, which then knows at least as much. */
  askedBy(tenant: string, subject: Pick<Subject, 'id' | 'issuer'>): QuestionCounts | Promise<QuestionCounts>;
}

/** Told of what happens, for metrics, traces and logs. Must not throw and must not keep the call waiting. */
export interface Observer {
  decided(call: Call, decision: Decision, elapsedUs: number): void;
  /** `outcome` is `completed`, `is_error`, or the reason of a failure. */
  finished(call: Call, outcome: string, elapsedUs: number): void;
  /** Something that an operator may have to act on, as `incidents` says; `detail` may hold words of others. */
  incident(name: IncidentName, detail: string): void;
  /** `value` is in milliseconds, or a count; `part` one of a closed set, such as a guard's name, empty where there are no parts. */
  measured?(measure: Measure, part: string, value: number): void;
  /** From now on `read` says how much of something there is; it is asked for each scrape, and the last one told counts. */
  watched?(depth: Depth, read: () => number | Promise<number>): void;
}
