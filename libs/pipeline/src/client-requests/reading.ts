import type { ClientRequestsConfig, JsonObject, ServerRequestMethod } from '@sallyport/contracts';

/** Why a request of an upstream does not reach the client: a code for the record, a sentence for the upstream. */
export interface NotAsked {
  readonly kind: 'refused';
  readonly reason: ClientRequestReason;
  readonly says: string;
  /** The policies that forbade it. */
  readonly rules?: readonly string[];
}

export type ClientRequestReason =
  | 'not_granted'
  | 'unknown_method'
  | 'client_cannot'
  | 'too_many'
  | 'rate_exceeded'
  | 'limits_unavailable'
  | 'too_large'
  | 'malformed'
  | 'asks_for_credential'
  | 'imitates_sallyport'
  | 'url_not_granted'
  | 'tools_not_granted'
  | 'call_ended'
  | 'forbidden'
  | 'policy_error';

/** What came of a client's answer. */
export interface Given {
  readonly outcome: 'answered' | 'accepted' | 'declined' | 'cancelled' | 'invalid';
  /** For the upstream: what it asked for and no more; null where the answer is not one. */
  readonly result: JsonObject | null;
}

/** A request as the client is shown it. */
export interface Shown {
  readonly kind: 'shown';
  readonly params: JsonObject;
  readonly changes: readonly string[];
}

export type Reading = Shown | NotAsked;

export interface RequestAbout {
  readonly upstream: string;
  readonly granted: ClientRequestsConfig;
  /** For a page that comes without one: 2026-07-28 has none, and clients of before need it. */
  readonly elicitationId?: string;
}

/** One kind of request that upstreams may make. */
export interface RequestKind {
  readonly method: ServerRequestMethod;
  /** What would have to be written to grant a request, below `client_requests`; null where the grant covers it. */
  missing(params: JsonObject, granted: ClientRequestsConfig | undefined): string | null;
  /** Whether the client declared that it can answer it. */
  canAnswer(params: JsonObject, capabilities: JsonObject): boolean;
  /** Makes of a request that is granted what the client may be shown. */
  prepare(params: JsonObject, about: RequestAbout): Reading;
  /** Of what the client was shown, all that `read` needs. */
  keep(shown: JsonObject): JsonObject;
  /** Reads the client's answer to what it was shown. */
  read(shown: JsonObject, answer: JsonObject): Given;
}

export function notAsked(reason: ClientRequestReason, says: string): NotAsked {
  return { kind: 'refused', reason, says };
}

/** An answer that is none: of another form than what was asked for. */
export const invalid: Given = { outcome: 'invalid', result: null };
