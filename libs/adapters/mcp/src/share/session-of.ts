import type { ClientRequestsConfig, JsonObject, SendOptions, Share } from '@sallyport/contracts';
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
}

/** A client that can be asked shares no session, whatever `share` says: a question must reach it and nobody else. */
export function sessionOf({ caller, session, ask }: SendOptions, { share, granted, perSession }: Sharing): SessionOf {
  const capabilities = ask === null ? {} : grantedCapabilities(session?.capabilities ?? {}, granted);
  const isAskable = Object.keys(capabilities).length > 0;
  const alone = perSession || isAskable ? (session?.id ?? null) : null;
  return { key: caller === null ? null : shareKey(share, caller, alone), capabilities, isAskable };
}
