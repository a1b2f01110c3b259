import type { Caller, Consent } from '@sallyport/contracts';

/** What is kept of a user's sign-in at one server. */
export interface KeptTokens {
  /** What the tokens are for, and who gave them: under another configuration they are shown to nobody. */
  readonly url: string;
  readonly resource: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch, as all times here: when the access token ends; null where that was not said. */
  readonly until: number | null;
  /** From when on another one is asked for. */
  readonly freshUntil: number | null;
  /** Till then somebody is asking for it, and nobody else may: a refresh token may count once. */
  readonly busyUntil: number;
}

/** What was kept, as it was read. */
export interface KeptEntry {
  readonly tokens: KeptTokens;
  /** Differs with every change. */
  readonly version: string;
}

/** What signing in of users takes. */
export interface UsersParts {
  readonly book: ConnectionBook;
  /** Where they do it, for a sentence. */
  readonly at: string;
}

/** The sign-ins of users at one server, kept for all processes that serve it, and what is recorded of them. */
export interface ConnectionBook {
  find(caller: Caller): Promise<KeptEntry | null>;
  /** Durable before it answers; null where something else stands there by now: nothing was changed. */
  replace(caller: Caller, before: KeptEntry | null, tokens: KeptTokens): Promise<KeptEntry | null>;
  /** @returns false where something else stands there by now: nothing was changed */
  remove(caller: Caller, before: KeptEntry): Promise<boolean>;
  /** Takes what counts once. @returns false where it was taken before */
  spend(caller: Caller, once: string, untilMs: number): Promise<boolean>;
  made(caller: Caller, consent: Consent): Promise<void>;
  removed(caller: Caller, by: Caller, issuer: string): Promise<void>;
  lost(caller: Caller, issuer: string, reason: string): Promise<void>;
}
