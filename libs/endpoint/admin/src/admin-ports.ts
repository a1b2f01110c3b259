import type {
  ApprovalView,
  Digest,
  Directory,
  Finding,
  Identity,
  Journal,
  JsonObject,
  JsonValue,
  Principal,
  TenantList,
  Texts,
  Share,
  UpstreamState,
  Vault,
  VoteAnswer,
  VoteRequest,
  SwitchTarget,
  ToolState,
} from '@sallyport/contracts';
import type { ApproveAnswer, ApproveRequest, DefinitionView } from '@sallyport/definitions';
import type {
  ActRefusal,
  ChangeRequest,
  OnboardRequest,
  SwitchAnswer,
  TenantAnswer,
  TenantView,
  ThrownSwitch,
} from '@sallyport/tenants';

/** What a person is asked, with the values that Sallyport resolved itself. */
export interface Question {
  readonly approval: ApprovalView;
  /** The question's text; null when its sealed value has been erased. */
  readonly ask: string | null;
  /** The arguments of the call; null when erased. */
  readonly arguments: JsonObject | null;
  /** The objects that it is about, as they were found, with all values; null where there are none, or once erased. */
  readonly objects: readonly JsonValue[] | null;
}

/** Approvals, as people deal with them. Who may vote is decided here, never by the routes. */
export interface ApprovalsPort {
  /** Approvals of a tenant, newest first. */
  list(tenant: string): readonly ApprovalView[] | Promise<readonly ApprovalView[]>;
  question(tenant: string, approval: string): Promise<Question | null>;
  /** Whether this person asked for it or may vote on it, and so may read the question. */
  concerns(principal: Principal, approval: ApprovalView): boolean | Promise<boolean>;
  vote(request: VoteRequest): Promise<VoteAnswer>;
}

/** What one tool, prompt or template is for one user, and why. */
export interface ToolEntry {
  readonly upstream: string;
  readonly kind: 'tool' | 'prompt' | 'template';
  /** Its name; of a template its URI template. */
  readonly tool: string;
  /** `asks`: it is listed, and every call waits for a person; `refused`: it is listed, and every call is refused. */
  readonly shown: 'visible' | 'asks' | 'refused' | 'hidden';
  /** Where its definition stands; `unusable` also where nobody can approve what is offered. */
  readonly state: ToolState;
  /** What hides it, or stops calls: policies, a kill switch, or its definition (the pin, or a schema that can't be used). */
  readonly by: 'policy' | 'switch' | 'definition' | null;
  /** The policies that say so. */
  readonly rules: readonly string[];
  readonly detail: string;
}

/** Whose view is asked for: a development user by name, or anybody else by the roles of their token. */
export interface ViewOf {
  readonly as: string;
  /** Null for any. */
  readonly tenant: string | null;
  readonly roles: readonly string[];
}

export interface DefinitionsPort {
  list(): readonly DefinitionView[];
  /** Every tool, prompt and template as a user's client has it; null where there is no such development user and no role is given. */
  seenBy(view: ViewOf): readonly ToolEntry[] | null;
  approve(request: ByPrincipal<ApproveRequest>): Promise<ApproveAnswer>;
}

type ByPrincipal<Request> = Omit<Request, 'by'> & { readonly by: Principal };

/** Onboarded tenants and kill switches. Who may act is decided by the routes. */
export interface TenantsPort {
  list(): readonly TenantView[];
  get(id: string): TenantView | null;
  onboard(request: ByPrincipal<OnboardRequest>): Promise<TenantAnswer>;
  change(request: ByPrincipal<ChangeRequest>): Promise<TenantAnswer>;
  switches(): readonly ThrownSwitch[];
  turn(request: {
    readonly target: SwitchTarget;
    readonly off: boolean;
    readonly by: Principal;
    readonly reason: string | undefined;
  }): Promise<SwitchAnswer>;
}

/** A user's sign-in at an upstream. Never with tokens. */
export interface ConnectionView {
  readonly tenant: string;
  readonly upstream: string;
  /** Pseudonym. */
  readonly subject: string;
  /** `<issuer>|<id>`. */
  readonly name: string;
  /** Null for what no key opens any more: nothing but whose it is can be told, and the user signs in again. */
  readonly authorizationServer: string | null;
  readonly scopes: readonly string[];
  /** When they signed in, and until when the access token holds, RFC 3339; null where that is not known. */
  readonly since: string | null;
  readonly until: string | null;
  /** Whether the access token is renewed when it ends. */
  readonly renewed: boolean;
}

/** Users' sign-ins at upstreams. Who may act is decided by the routes. */
export interface ConnectionsPort {
  list(tenant: string): Promise<readonly ConnectionView[]>;
  /** Removes one, on record and at the authorization server. The subject is an id at the issuer, or a pseudonym. */
  remove(
    request: Pick<EraseRequest, 'tenant' | 'subject' | 'issuer' | 'by'> & { readonly upstream: string },
  ): Promise<{ readonly ok: true; readonly subject: string } | ActRefusal>;
}

/** Whom to erase, and why. */
export interface EraseRequest {
  readonly tenant: string;
  /** Id at the issuer, or pseudonym. */
  readonly subject: string;
  /** Null for any that people of the tenant may come from. */
  readonly issuer: string | null;
  readonly by: Principal;
  readonly reason: string | null;
  /** Only tells what it would come to. */
  readonly dryRun: boolean;
}

export type EraseAnswer =
  | {
      readonly ok: true;
      readonly tenant: string;
      /** The pseudonym; null where nobody of that name is known, or any more. */
      readonly subject: string | null;
      /** Whether values were sealed for them. */
      readonly sealed: boolean;
      /** That ended with it. */
      readonly approvals: number;
      readonly erased: boolean;
    }
  | ActRefusal;

export interface SystemStatus {
  readonly version: string;
  readonly node: string;
  readonly boot: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly upstreams: readonly {
    readonly id: string;
    readonly state: UpstreamState;
    /** Who uses one session or program together. */
    readonly share: Share;
    /** Programs that run, and sessions that are kept for callers. */
    readonly programs: number;
    readonly sessions: number;
    readonly tools: number;
  }[];
  readonly findings: readonly Finding[];
  readonly policy: Digest;
}

/** What a reload came to in one program. */
export interface ProgramReload {
  readonly program: string;
  /** Null where it did not answer. */
  readonly instance: string | null;
  /** `lags`: it read its files, and they say something else than ours. */
  readonly state: 'reloaded' | 'lags' | 'failed' | 'unreachable';
  readonly problems: readonly string[];
}

/** What a reload came to. A refused one leaves what was there before. */
export type ReloadAnswer =
  | {
      readonly ok: true;
      readonly programs: readonly ProgramReload[];
      /** Places of the configuration that changed and count after a restart only. */
      readonly restart: readonly string[];
    }
  | {
      readonly ok: false;
      readonly problems: readonly { readonly where: string; readonly message: string; readonly hint: string }[];
    };

/** An administrative act, allowed or refused, for the record. */
export interface AdminAct {
  /** The tenant that it concerns; null when it concerns the whole system. */
  readonly tenant: string | null;
  readonly by: Principal;
  /** For example `approval.vote`, `definition.approve`, `values.read`. */
  readonly act: string;
  readonly target: string;
  /** Why it was refused, null where it was allowed. Refusals that are equal in act and reason may stand on record as one. */
  readonly refused: string | null;
}

/** Everything that the admin API needs from Sallyport. */
export interface AdminPorts {
  readonly journal: Journal;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly tenants: TenantList;
  readonly texts: Pick<Texts, 'find'>;
  readonly identity: Identity;
  readonly approvals: ApprovalsPort;
  readonly definitions: DefinitionsPort;
  readonly registry: TenantsPort;
  readonly connections: ConnectionsPort;
  /** Erases a person; resolves when it is durable. */
  erase(request: EraseRequest): Promise<EraseAnswer>;
  status(): SystemStatus | Promise<SystemStatus>;
  reload(): Promise<ReloadAnswer>;
  /** Runs the self-check again. */
  check(): Promise<readonly Finding[]>;
  /** Writes `admin.acted`; resolves when durable, or when a refused act is counted. The act is not done when this rejects. */
  recordAct(act: AdminAct): Promise<void>;
  /** Tells the listener whose log may have grown, and the sequence of its last event; the answer ends that. */
  subscribe(listener: (tenant: string, size: number) => void): () => void;
}

/** Injection token of the ports. */
export const ADMIN_PORTS = Symbol('admin ports');
