import type { JsonObject } from './json.ts';
import type { ServerMessage } from './upstream.ts';
import type { Requirement } from './verdict.ts';

/** What the client is told in `_meta["dev.sallyport/decision"]`. */
export interface DecisionMeta {
  readonly decision: 'allow' | 'deny' | 'hold';
  readonly reason: string;
  /** The callId: the reference to quote. */
  readonly id: string;
  readonly retryAfterMs?: number;
  readonly approval?: string;
  /** What the upstream asked of the client during the call and was refused, each kind once. */
  readonly refusedRequests?: readonly RefusedAsk[];
}

/** A request of an upstream that no client was asked. */
export interface RefusedAsk {
  readonly method: string;
  readonly reason: string;
  /** Why, and which setting changes it. */
  readonly says: string;
}

/** What comes out of the pipeline for one call; the MCP edge puts it on the wire. */
export type Answer =
  /** The sanitized result of the upstream (also when it says `isError`). */
  | { readonly kind: 'result'; readonly result: JsonObject; readonly meta: DecisionMeta }
  /** Refused, held or failed: of a tool it becomes a result with `isError: true`, of anything else an error. */
  | {
      readonly kind: 'refused';
      readonly text: string;
      readonly meta: DecisionMeta;
      readonly requirements: readonly Requirement[];
      /** Scopes that the client's token lacks, and that it may ask its issuer for: nothing else stands against the call. */
      readonly missingScopes?: readonly string[];
      /** Client capabilities that the upstream needs and the client did not declare: -32021 on the stateless revision. */
      readonly missingCapabilities?: JsonObject;
    }
  /** A JSON-RPC error of the upstream, as far as its client may see it: its code, its text sanitized. */
  | {
      readonly kind: 'error';
      readonly code: number;
      readonly message: string;
      /** Addresses that the user is to open first, of hosts that the upstream was granted (-32042). */
      readonly elicitations: readonly JsonObject[];
      readonly meta: DecisionMeta;
    }
  /** The call goes on when the client has answered these requests of the upstream. */
  | {
      readonly kind: 'input_required';
      readonly requests: Readonly<Record<string, ServerMessage>>;
      /** What `continueCall` needs then; nobody but us may read or change it. */
      readonly suspended: JsonObject;
      readonly meta: DecisionMeta;
    }
  /** What there is not and what may not be seen answer alike, whatever its kind. */
  | { readonly kind: 'unknown_tool' };
