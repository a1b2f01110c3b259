import type { Call, TargetKind } from './call.ts';
import type { UpstreamSignIn } from './connections.ts';
import type { Principal } from './identity.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** What came of sending a call. Never an exception. */
export type Outcome =
  | { readonly kind: 'result'; readonly result: JsonObject }
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: JsonValue }
  | {
      readonly kind: 'failed';
      readonly reason: UpstreamFailure;
      /**
       * False only when it is certain that the call has not run: no byte of it left us. What an upstream answers proves
       * nothing, whatever its protocol makes of it: it may act, and then say 404.
       */
      readonly sent: boolean;
      /** For our log, never for the client. */
      readonly detail: string;
      /** With `upstream_asked`: what it needs before it goes on. Where it does not get that, the call has failed. */
      readonly asks?: InputRequired;
    };

/** What an upstream of 2026-07-28 needs of the client before it goes on with a call (basic/patterns/mrtr). */
export interface InputRequired {
  /** By names that the upstream gave. */
  readonly requests: readonly (readonly [name: string, request: ServerMessage])[];
  /** What it wants back unchanged; absent where it gave none. */
  readonly state?: string;
}

/** What it gets, when it has asked for it: with this the same call is sent to it once more, for it to go on. */
export interface InputGiven {
  /** By the names that it gave; absent where it asked nothing and wants its state back alone. */
  readonly responses?: JsonObject;
  readonly state?: string;
}

export type UpstreamFailure =
  | 'upstream_down'
  | 'upstream_timeout'
  | 'upstream_garbage'
  | 'upstream_asked'
  | 'upstream_too_large'
  | 'upstream_wrong_id'
  /** Not sent: every session or program that the upstream may have is in use. */
  | 'upstream_full'
  /** Not sent: the server does not say that it tells of changes of its resources. */
  | 'upstream_no_subscriptions'
  /** Not sent: nobody said whether the program may be shared with another tenant. */
  | 'upstream_not_shared'
  | 'cancelled';

/** A message that an upstream sends while a call runs: a notification, or a request that the client must answer. */
export interface ServerMessage {
  readonly method: string;
  readonly params: JsonObject;
}

/** What an upstream hears of its request to the client. */
export type ClientAnswer =
  { readonly result: JsonObject } | { readonly error: { readonly code: number; readonly message: string } };

export interface SendOptions {
  /** Aborted when the client is gone or the budget is spent. */
  readonly signal: AbortSignal;
  /** Milliseconds that the upstream may take, from the start or from its last progress. */
  readonly timeoutMs: number;
  /** Milliseconds that it may take in all, however much progress it tells; `timeoutMs` if absent. */
  readonly limitMs?: number | undefined;
  /** The client's progress token is replaced upstream; progress comes back through `notify` with the client's own. */
  readonly progressToken: string | number | null;
  /** The least severe log messages that the client wants (`debug` …), for upstreams that send none unasked. Absent: none. */
  readonly logLevel?: string | null;
  /** Called for each notification (progress, log message) that belongs to this call. */
  notify(message: ServerMessage): void;
  /** Called for each request of the upstream but `ping`; never rejects. Null where no client waits for the call. */
  readonly ask: ((message: ServerMessage) => Promise<ClientAnswer>) | null;
  /** On whose behalf, as the verified token says: what may share a session or a program. Null for a request of our own. */
  readonly caller: Caller | null;
  /** The caller's verified token, to be exchanged for one of theirs; it goes to no upstream. Null or absent where it is not at hand. */
  readonly callerToken?: string | null;
  /** The client's session, for upstreams that keep one per client; null where there is none. */
  readonly session: ClientSession | null;
  /** What the client declared, where it can be asked by an answer (`InputRequired`). Absent: nothing. */
  readonly capabilities?: JsonObject;
  /** Who is told of the resource from then on; there for `resources/subscribe`, and for nothing else. */
  readonly listener?: ResourceListener;
  /** Called immediately before the first byte is written; a `false` answer stops the send (`sent: false`). */
  beforeWrite(): boolean;
}

/** Who is subscribed to a resource. What a server says of a change but its URI goes no further. */
export interface ResourceListener {
  /** Aborted when nobody listens any more. */
  readonly signal: AbortSignal;
  /** The resource, or one below it, has changed, or may have. */
  updated(): void;
  /** No more is told, with why: a sentence. */
  ended(why: string): void;
}

/** Whose call it is. */
export interface Caller {
  readonly tenant: string;
  readonly issuer: string;
  /** Unique within the issuer. */
  readonly subject: string;
}

/** The client's legacy session, as far as an upstream must mirror it. */
export interface ClientSession {
  readonly id: string;
  readonly principal: Principal;
  /** The client's declared capabilities (`sampling`, `elicitation`, …), given on to a legacy upstream. */
  readonly capabilities: JsonObject;
}

/** What an upstream is sent of a call. */
export type SentCall = Pick<Call, 'action' | 'target' | 'arguments' | 'traceparent'> & {
  /** Where it goes on. */
  readonly input?: InputGiven;
};

/** One MCP server behind us. */
export interface Upstream {
  readonly id: string;
  /** Sends a call once: no retries, no re-send on a stale connection; again only where it was proven that it was not taken. */
  send(call: SentCall, options: SendOptions): Promise<Outcome>;
  /**
   * What it offers of a kind now, all pages, each as the upstream gave it; nothing where it declares no such capability.
   * Throws `UpstreamUnavailable`.
   */
  list(kind: TargetKind): Promise<readonly JsonObject[]>;
  /** What it said of itself when it was greeted last (`instructions`); null for nothing, or before it was greeted. */
  instructions?(): string | null;
  /** What it declared that it has when it was greeted last (`capabilities`); empty for nothing, or before it was greeted. */
  capabilities?(): JsonObject;
  /** Called when the upstream says that its list of a kind has changed, and for every kind when it may have (it was started again). */
  onChanged?(listener: (kind: TargetKind) => void): void;
  /** `starting` until the first handshake or answer; `down` while it can't be reached. */
  state?(): UpstreamState;
  /** How users sign in to it (`auth.type: authorization_code`); null where they need not. */
  readonly signIn?: UpstreamSignIn | null;
  /** What it uses of us and has said beside its protocol, for metrics. */
  usage?(): UpstreamUsage;
  /** Ends what the upstream keeps for a client's session; called when that session ends. */
  endSession?(sessionId: string): Promise<void>;
  /** Ends what the upstream keeps for a tenant alone, once its calls are over; called when the tenant is switched off. */
  endTenant?(tenant: string): Promise<void>;
  /** Aborts what is under way, ends sessions and programs. Never throws. */
  close?(): Promise<void>;
}

/** What an upstream uses of us. */
export interface UpstreamUsage {
  /** Programs that run. */
  readonly programs: number;
  /** Sessions with it that are kept. */
  readonly sessions: number;
  /** What its programs wrote to stderr. */
  readonly stderr: { readonly lines: number; readonly bytes: number };
}

export type UpstreamState = 'starting' | 'up' | 'down';

/** Thrown by `list` when an upstream can't be asked. */
export class UpstreamUnavailable extends Error {
  readonly code = 'upstream_unavailable';
}
