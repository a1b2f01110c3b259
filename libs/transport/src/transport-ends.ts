import type {
  Bus,
  Clock,
  Commit,
  Committed,
  DecisionService,
  Decision,
  Digest,
  Envelope,
  Guard,
  Ids,
  Journal,
  Observer,
  OtherGateways,
  Release,
  ReloadReport,
  StationName,
} from '@sallyport/contracts';
import type { BrokerTime } from './broker-time.ts';

/** Who signs between the services. */
export type Signer = 'gateway' | Exclude<StationName, 'audit'>;

/** Keys of one signer: the first signs, all of them verify, so that a key can be changed while calls are under way. */
export type KeyRing = readonly Uint8Array[];

/** Names of the topics, all under one prefix. */
export interface Topics {
  readonly 'rate-limit': string;
  readonly authorization: string;
  readonly confirmation: string;
  /** Audit's own: what is to be decided, closed or written. */
  readonly decide: string;
  /** One partition for each gateway. */
  readonly reply: string;
  /** The feed. */
  readonly feed: string;
}

/** What reading the files again came to in one program. */
export type Reloaded = Pick<ReloadReport, 'settings' | 'policy' | 'problems'>;

export interface ReloadRound {
  readonly reports: readonly ReloadReport[];
  /** Programs with an instance that did not answer. */
  readonly silent: readonly string[];
}

interface EndParts {
  readonly bus: Bus;
  readonly topics: Topics;
  /** Prefix of consumer groups. */
  readonly prefix: string;
  readonly clock: Clock;
  /** The broker's clock: the ends measure it, and say by it how long anything is worth something. */
  readonly time: BrokerTime;
  readonly ids: Ids;
  readonly observer: Observer;
}

export interface GatewayEndParts extends EndParts {
  readonly boot: string;
  /** The partition of the reply topic that this gateway holds. */
  readonly inbox: number;
  /** The gateway's own signing key, and the key that releases and answers are signed with. */
  readonly keys: { readonly gateway: KeyRing; readonly release: KeyRing };
  readonly decisionTimeoutMs: number;
  readonly hedgeMs: number;
  /** Names of the other services: the first station of each program, and audit. */
  readonly programs: readonly string[];
}

/** The gateway's end: sends calls in, takes releases out, and has audit write what the gateway may write. */
export interface GatewayEnd {
  readonly decisions: DecisionService;
  /** Has audit commit. Throws `JournalUnavailable` when no answer came in time (asking again with the same command id tells), and `CommitRefused`. */
  commit(commit: Commit): Promise<Committed>;
  /** Has every other program read its files again, and waits some seconds for what they say. Never throws. */
  reloadOthers(): Promise<ReloadRound>;
  readonly others: OtherGateways;
  /** True while a probe that went through every station came back lately. */
  ready(): boolean;
  stop(): Promise<void>;
}

export interface StationEndParts extends EndParts {
  /** The stations that this process hosts, neighbours, in the order in which they are asked. */
  readonly hosted: readonly {
    readonly name: Exclude<StationName, 'audit'>;
    readonly judge: (envelope: Envelope) => Promise<Envelope>;
    readonly key: KeyRing;
  }[];
  /** This process, for probes to itself. */
  readonly instance: string;
  /** Takes the files as they are now. */
  readonly reload: () => Promise<Reloaded>;
}

export interface StationEnd {
  /** True once a probe to itself came back through the broker. */
  ready(): boolean;
  /** Leaves the group at once and resolves when what is in hand was passed on. */
  stop(): Promise<void>;
}

export interface AuditEndParts extends EndParts {
  readonly instance: string;
  /** Takes the files as they are now. */
  readonly reload: () => Promise<Reloaded>;
  readonly guards: readonly Pick<Guard, 'id' | 'grants' | 'station'>[];
  readonly guardsDigest: Digest;
  readonly settings: {
    /** What this process has each guard configured with, by the guard's id. */
    current(): Readonly<Record<string, Digest>>;
    /** Takes the files as they are now; another program may have read them first. Never throws. */
    refresh(): Promise<void>;
  };
  readonly keys: Readonly<Record<Signer | 'release', KeyRing>>;
  /** False for a policy set that was replaced by a newer one that audit knows. */
  readonly policyIsCurrent: (tenant: string, policy: Digest) => boolean;
  readonly release: (envelope: Envelope) => Promise<Release>;
  readonly expire: (envelope: Envelope, reason: string) => Promise<void>;
  /** Told of a call that is refused since there is no room for it, so that it is counted on record. */
  readonly shed: (envelope: Envelope, decision: Decision) => void;
  readonly journal: Pick<Journal, 'commit'>;
  /** The log of what concerns the whole system; what a stranger sent is recorded there as `message.rejected`. */
  readonly systemTenant: string;
  /** Calls of one tenant that may be under way in this process; more of them wait, and beyond `waiting` are refused. */
  readonly perTenant?: { readonly underWay: number; readonly waiting: number };
}

/** Audit's end: verifies the chain, releases, and answers the gateway that asked. */
export type AuditEnd = StationEnd;
