import type { Answer } from './answer.ts';
import type { CallAction, Target, TargetKind } from './call.ts';
import type { Agent, Principal } from './identity.ts';
import type { JsonObject } from './json.ts';
import type { ClientSession, ResourceListener, ServerMessage } from './upstream.ts';

/** One call as the MCP edge hands it inward: strictly parsed, authenticated, headers agreed with the body. */
export interface CallRequest {
  readonly principal: Principal;
  readonly agent: Agent;
  /** The client's legacy session; null on the stateless revision. */
  readonly session: ClientSession | null;
  /** What the client declared that it can do (with this request on the stateless revision). Absent means nothing. */
  readonly capabilities?: JsonObject;
  readonly flow: string | null;
  readonly action: CallAction;
  readonly upstream: string;
  readonly target: Target;
  readonly arguments: JsonObject;
  /** Size of the message that it came in. */
  readonly bytes: number;
  readonly traceparent: string | null;
}

/** What the client offers while its call runs. */
export interface ClientContext {
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  readonly progressToken: string | number | null;
  /** The least severe log messages that the client wants (`debug` …). Absent or null: none. */
  readonly logLevel?: string | null;
  notify(message: ServerMessage): void;
  /**
   * Puts a request before the client; null where it can't be asked. Rejects where there is no answer; an error that carries
   * a number as `rpcCode` is the client's own refusal. Aborting `signal` gives the request up: a later answer goes nowhere.
   */
  readonly ask: ((message: ServerMessage, signal: AbortSignal) => Promise<JsonObject>) | null;
  /** The verified token that it came with; for this process alone. Null or absent where there is none, as over stdio. */
  readonly token?: string | null;
  /** Who is told of the resource of a `resources/subscribe`, for as long as they listen and may read it. */
  readonly listener?: ResourceListener;
  /** Whether it takes requests as the answer to its call, and calls again with what was asked for (2026-07-28). */
  readonly comesBack?: boolean;
}

export interface VoteRequest {
  readonly principal: Principal;
  readonly approval: string;
  readonly answer: 'approve' | 'reject';
  readonly channel: 'elicitation' | 'cli' | 'api';
}

/** What became of a vote. A refusal says why in one sentence. */
export type VoteAnswer =
  | { readonly accepted: true; readonly status: 'requested' | 'approved' | 'rejected' }
  | { readonly accepted: false; readonly reason: string };

/** What the endpoints call: the MCP edge on one side, people on the other. */
export interface Gateway {
  /** The whole life of one call. Never throws. */
  call(request: CallRequest, around: ClientContext): Promise<Answer>;
  /**
   * Goes on with a call whose client was answered `input_required`, by the decision that was made then. Never throws.
   *
   * @param suspended of that answer, as it was; the caller keeps others from making or changing one
   * @param responses what the client says, by the names of the requests
   * @returns null where nothing is suspended so: another call, or it went on already
   */
  continueCall(
    request: CallRequest,
    suspended: JsonObject,
    responses: JsonObject,
    around: ClientContext,
  ): Promise<Answer | null>;
  /**
   * The array (JSON text) of what this principal may see of a kind; of all upstreams with qualified names and URIs
   * (`withQualifiedUris`), or of one with its own. Null where there is no such upstream. From a cache in the usual case.
   */
  list(principal: Principal, upstream: string | null, kind: TargetKind): string | null;
  /** What the upstream may be used for, as configured; null for each of them together. Nothing where there is no such upstream. */
  kinds(upstream: string | null): readonly TargetKind[];
  /** Whether some resource of the upstream may be subscribed to, as far as its server has said yet; null for any upstream. */
  subscribable(upstream: string | null): boolean;
  /**
   * What the upstreams say of themselves (`instructions`), as it was approved: that of one, or of each that the principal may see
   * a tool of. Null for nothing.
   */
  instructions?(principal: Principal, upstream: string | null): string | null;
  /**
   * Resolves when an upstream (null: each of them) has said what it offers, or when its time to do so after a start is over. Before
   * that, a list lacks what is its, and calls of that are refused.
   */
  heard?(upstream: string | null): Promise<void>;
  /**
   * The approved definition of a tool (always the same object until it changes), whose `x-mcp-header` declarations the
   * edge compares with `Mcp-Param-*` headers. Null where there is none. Nothing of it is shown to the client.
   */
  definition?(upstream: string, tool: string): JsonObject | null;
  /** What is listed under a qualified name; null where there is none. */
  named?(kind: 'tool' | 'prompt', qualified: string): Pick<CallRequest, 'upstream' | 'target'> | null;
  vote(request: VoteRequest): Promise<VoteAnswer>;
  /** Resolves when calls that wait for clients to come back are over. */
  settled?(): Promise<void>;
  /**
   * Milliseconds until this principal may try something with a request of that size; 0 where they may now. Asked before
   * a large request is read, and charges nothing.
   */
  attemptWait(principal: Principal, bytes: number): number;
  /** Records a request that never became a call. Resolves when durable; never throws. */
  refuse(principal: Principal, reason: string, bytes: number): Promise<void>;
}

/** The other gateways of an instance. */
export interface OtherGateways {
  /** Tells all of them, or the one that told us something. Never throws: what can't be told is lost, and an incident. */
  tell(text: string, to?: number): void;
  /** Has what another one tells come here as well, with how to tell it something. */
  listen(told: (text: string, from: number) => void): void;
}
