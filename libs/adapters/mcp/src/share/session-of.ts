import type { ClientRequestsConfig, JsonObject, SendOptions, Share } from '@sallyport/contracts';
import { canonical } from '@sallyport/base';
import { grantedCapabilities } from './granted-capabilities.ts';
import { shareKey, type ShareKey } from './share-key.ts';

export interface Sharing {
  readonly share: Share;
  readonly granted: ClientRequestsConfig | undefined;
  /** Whether each session of a client has one alone, also where the client is asked nothing. */
  readonly perSession: boolean;
}

/** Which session at a legacy upstream, or which program, a call is made in. */
export interface SessionOf {
  /** Null for our own. */
  readonly key: ShareKey | null;
  /** The client's, as far as the upstream may use them: what a session or a program is opened with. */
  readonly capabilities: JsonObject;
  /** True where the upstream knows the session as one whose client it can send requests to. */
  readonly isAskable: boolean;
  /** Whether all its calls are of one client; else those of one subject whose clients can do the same. */
  readonly isOfOneClient: boolean;
}

/**
 * A client that can be asked shares no session, whatever `share` says: a question must reach it and nobody else. Clients
 * without sessions (2026-07-28) can't be told apart within a subject, so that a request of an upstream must name its call there.
 */
export function sessionOf(options: SendOptions, { share, granted, perSession }: Sharing): SessionOf {
  const { caller, session } = options;
  const capabilities = grantedCapabilities(declaredIn(options), granted);
  const isAskable = Object.keys(capabilities).length > 0;
  const own = session?.id ?? (isAskable ? canonical(capabilities) : null);
  const key = caller === null ? null : shareKey(share, caller, perSession || isAskable ? own : null);
  return { key, capabilities, isAskable, isOfOneClient: session !== null };
}

/** What the client declared that waits for the call, if one does: in its session, or with the call. */
function declaredIn({ ask, session, capabilities }: SendOptions): JsonObject {
  return ask === null ? {} : (session?.capabilities ?? capabilities ?? {});
}
