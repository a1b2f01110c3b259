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

/** Where we are for authorization servers and browsers. */
export interface SignInPlace {
  readonly redirectUri: string;
  /** Where we serve `clientMetadata`, over https; null where we have no such address. */
  readonly metadataUrl: string | null;
}

/**
 * What we say of ourselves to authorization servers: to those that read it where it is (Client ID Metadata Document), and to those that
 * register us (RFC 7591).
 */
export function clientMetadata(redirectUris: readonly string[], method: ClientMethod = 'none') {
  const ofThisMachine = ['localhost', '127.0.0.1', '[::1]'];
  return {
    client_name: 'Sallyport',
    redirect_uris: [...redirectUris],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: method,
    application_type: redirectUris.some((uri) => ofThisMachine.includes(new URL(uri).hostname)) ? 'native' : 'web',
  };
}
type ClientMethod = 'none' | 'client_secret_basic' | 'client_secret_post';

/** How users sign in at one upstream, each for their own calls alone. What throws says why, for the user and without tokens. */
export interface UpstreamSignIn {
  /** Whether there is a token, or one to be had, for calls of this user. */
  isConnected(caller: Caller): Promise<boolean>;
  /** What a user would consent to now. */
  consent(caller: Caller): Promise<Consent>;
  begin(caller: Caller, at: SignInPlace): Promise<ConsentRequest>;
  /** Takes what the browser brought back to the `redirectUri`, once, and keeps the tokens for this user. */
  finish(caller: Caller, pending: JsonObject, callback: URL): Promise<Consent>;
  /** Forgets the user's tokens, here and at the authorization server. @returns false where there were none */
  disconnect(caller: Caller, by: Caller): Promise<boolean>;
}
