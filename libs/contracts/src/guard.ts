import type { z } from 'zod';
import type { Catalog } from './catalog.ts';
import type { Config } from './config/config.ts';
import type { Envelope } from './envelope.ts';
import type { Approvals, Clock, Counters, Ids, PolicyStore, Quotas, SignIns, Switches } from './ports.ts';
import type { DenyVerdict, Effect, HoldVerdict, PassVerdict, AllowVerdict } from './verdict.ts';

/** A verdict without the guard's name: the judge loop adds it. */
export type Opinion<Reason extends string = string> =
  | Omit<PassVerdict, 'guard'>
  | Omit<AllowVerdict, 'guard'>
  | Omit<DenyVerdict<Reason>, 'guard'>
  | Omit<HoldVerdict<Reason>, 'guard'>;

/** Asks one guard. A throw counts as a deny. */
export type Judge<Reason extends string = string> = (envelope: Envelope) => Opinion<Reason> | Promise<Opinion<Reason>>;

/** Which service hosts a guard in the distributed wiring. */
export type Station = 'gateway' | 'rate-limit' | 'authorization' | 'confirmation';

/** Says whether a text of a call to an upstream names a file of Sallyport's own: its configuration, users, secrets, policies, data. */
export type NamesOwnFile = (upstream: string, text: string) => boolean;

/** Everything that a guard may ask for; each takes only what it uses. */
export interface GuardPorts {
  readonly catalog: Catalog;
  readonly policies: PolicyStore;
  readonly counters: Counters;
  readonly approvals: Approvals;
  readonly switches: Switches;
  readonly quotas: Quotas;
  readonly signIns: SignIns;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly namesOwnFile: NamesOwnFile;
}

/** What a guard that opens approvals needs to judge: no policies and no catalogue. */
export type ApprovalPorts = Pick<GuardPorts, 'approvals' | 'clock' | 'ids'>;

/** The definition of a guard. Its id is its folder, the metric label and the field in the record. */
export interface Guard<Reason extends string = string> {
  readonly id: string;
  readonly station: Station;
  /** May say `allow`, and a hold of it that is satisfied counts as one. */
  readonly grants: boolean;
  /** Every reason that this guard may give. */
  readonly reasons: readonly Reason[];
  /** The sections of the configuration that its judgements depend on, by themselves or through the catalogue. */
  readonly reads: readonly (keyof Config)[];
  /**
   * The sections of the configuration that it brings, by their keys: one under its id, unless guards share one. Each must be valid
   * where an operator writes nothing. Absent where it needs none.
   */
  readonly config?: Readonly<Record<string, z.ZodType>>;
  /** What is wrong in its sections that their schemas can't say. */
  problems?(config: Config): readonly ConfigProblem[];
  /** Numbers in the arguments of tools that its sections name. */
  numbers?(config: Config): readonly DeclaredNumber[];
  /** Why no configuration may put it in shadow; absent where one may. */
  readonly neverInShadow?: string;
  /**
   * What it reserves of the counters under `<callId>/<id>`: `charges` are settled once the call is decided, `leases` also when
   * it has run. Absent where it reserves nothing.
   */
  readonly reserves?: 'charges' | 'leases';
  create(ports: GuardPorts, config: Config): Judge<Reason>;
  /** The same judge with fewer ports, where the guard opens approvals: audit asks it again when another question came first. */
  approvalJudge?(ports: ApprovalPorts, config: Config): Judge<Reason>;
  /** Calls that must make each configured part of the guard fire; run dry at start and on reload. */
  probes(ports: GuardPorts, config: Config): readonly Probe[];
}

/** What is wrong at a place of the configuration, and what to write instead. */
export interface ConfigProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint: string;
}

/** An argument that the configuration takes for a number of its tools. A tool that has no such number is not served. */
export interface DeclaredNumber {
  /** What says so, with a verb: `limits: spend adds up`. */
  readonly about: string;
  /** JSON Pointer. */
  readonly argument: string;
  /** `<upstream>/<tool>` or `<upstream>/*`; every tool if absent. */
  readonly tool?: string | undefined;
}

/** One proof that a configured part of Sallyport fires. */
export interface Probe {
  /** What is proved, as the operator knows it: `limits/user-rate`, `sanitize/secrets`. */
  readonly about: string;
  /** Judged in order by a fresh judge over empty counters; the last verdict must match `expects`. */
  readonly envelopes: readonly Envelope[];
  readonly expects: { readonly effect: Effect; readonly reason?: string };
  /** What to change when it does not fire. */
  readonly hint: string;
  /** The configuration to try it with instead of the whole one: one part of it alone, so that no other hides it. */
  readonly config?: Config;
  /** The upstream whose tools it is about, where none of them is known: before that has said what it offers, it proves nothing. */
  readonly awaits?: string;
}

/** What the self-check found of one configured part. */
export interface Finding {
  readonly about: string;
  readonly fires: boolean;
  /** What happened instead, where it does not fire. */
  readonly detail: string;
  readonly hint: string;
  /** True where every call that it is about is refused: nothing is served unguarded, and the instance is ready for all others. */
  readonly refuses?: boolean;
}
