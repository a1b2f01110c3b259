import type { JsonObject } from './json.ts';
import type { Caller } from './upstream.ts';

/** What is kept of users' sign-ins at upstreams: sealed texts, by a name within a tenant. */
export interface ConnectionStore {
  find(tenant: string, name: string): Promise<string | null>;
  /**
   * Keeps a text where another stood, and durably; null stands for none. All who share the store see one order of these.
   *
   * @returns false where what stood there is not `expected`: nothing has changed
   */
  replace(tenant: string, name: string, expected: string | null, sealed: string | null): Promise<boolean>;
  list(tenant: string): Promise<readonly (readonly [name: string, sealed: string])[]>;
}

/** What somebody consents to. */
export interface Consent {
  /** The authorization server that they are sent to. */
  readonly issuer: string;
  /** Empty where that server decides. */
  readonly scopes: readonly string[];
}

/** A consent on its way: where the browser goes, and what it must bring back. */
export interface ConsentRequest {
  readonly url: URL;
  /** For `finish`; nobody but us may read it. */
  readonly pending: JsonObject;
}

/** How users sign in at one upstream, each for their own calls alone. What throws says why, for the user and without tokens. */
export interface UpstreamSignIn {
  /** Whether there is a token, or one to be had, for calls of this user. */
  isConnected(caller: Caller): Promise<boolean>;
  consent(): Promise<Consent>;
  begin(redirectUri: string): Promise<ConsentRequest>;
  /** Takes what the browser brought back to the `redirectUri`, once, and keeps the tokens for this user. */
  finish(caller: Caller, pending: JsonObject, callback: URL): Promise<Consent>;
  /** Forgets the user's tokens, here and at the authorization server. @returns false where there were none */
  disconnect(caller: Caller, by: Caller): Promise<boolean>;
}
