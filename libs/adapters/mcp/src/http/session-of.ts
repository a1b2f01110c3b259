import type { HttpUpstreamConfig, JsonObject, SendOptions } from '@sallyport/contracts';
import { shareKey, type ShareKey } from '../share/share-key.ts';
import { grantedCapabilities } from './granted-capabilities.ts';

/** Which session at a legacy upstream a call is made in. */
export interface SessionOf {
  /** Null for our own. */
  readonly key: ShareKey | null;
  /** The client's, as far as the upstream may use them: what a session is opened with. */
  readonly capabilities: JsonObject;
  /** True where the upstream knows the session as one whose client it can send requests to. */
  readonly isAskable: boolean;
}

/** A client that can be asked has a session alone, whoever shares the others: a question must reach it and nobody else. */
export function sessionOf({ caller, session, ask }: SendOptions, config: HttpUpstreamConfig): SessionOf {
  const granted = ask === null ? {} : grantedCapabilities(session?.capabilities ?? {}, config.client_requests);
  const isAskable = Object.keys(granted).length > 0;
  const isAlone = config.share === 'subject' || isAskable;
  const key = caller === null ? null : shareKey(config.share, caller, isAlone ? (session?.id ?? null) : null);
  return { key, capabilities: granted, isAskable };
}
