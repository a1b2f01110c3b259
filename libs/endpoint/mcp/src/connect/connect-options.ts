import type { Clock, Config, Identity, Ids, JsonObject, Keys, UpstreamSignIn } from '@sallyport/contracts';

/** How a person proves to our pages who they are: at the issuer of their tokens. What throws says why. */
export interface IssuerSignIn {
  begin(redirectUri: string): Promise<{ readonly url: URL; readonly pending: JsonObject }>;
  /** @returns an access token for us */
  finish(pending: JsonObject, callback: URL): Promise<string>;
}

export interface ConnectOptions {
  readonly config: Pick<Config, 'public_url' | 'allowed_hosts' | 'allowed_origins'>;
  readonly identity: Identity;
  readonly keys: Keys;
  readonly ids: Ids;
  readonly clock: Clock;
  /** How users sign in at an upstream; null where there is no such upstream, or they need not. */
  signInOf(upstream: string): UpstreamSignIn | null;
  /** The upstreams where users sign in. */
  connectable(): readonly string[];
  /** The issuers at which people sign in to our pages. */
  issuers(): ReadonlyMap<string, IssuerSignIn>;
  /** Whether a text is the operator's own token. */
  isOperatorToken(token: string): boolean;
  /** Whether there are development users, whose tokens may be typed in. */
  readonly hasDevelopmentUsers: () => boolean;
  /** Counts a failure of an address: 0, or the milliseconds that it has to wait. */
  failures(address: string | undefined): number;
  failed(why: string): void;
}
