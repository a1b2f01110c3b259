import type { SignInPlace } from '@sallyport/contracts';
import type { OAuthClient } from './client-authentication.ts';
import type { KeptTokens } from './connection-book.ts';
import type { Target } from './discover.ts';
import { register, type Registration, stillHolds } from './registration.ts';
import { TokenUnavailable } from './token-unavailable.ts';
import type { UserTokensOptions } from './user-tokens.ts';

type ClientParts = Pick<UserTokensOptions, 'auth' | 'book' | 'clock' | 'fetch'>;
type Whose = Pick<KeptTokens, 'clientId' | 'registered'>;

/** Who we are where users sign in: as the operator says, or as we were registered, once for all users and processes. */
export class UserClients {
  readonly #options: ClientParts;

  constructor(options: ClientParts) {
    this.#options = options;
  }

  /** For a user who is on the way to an authorization server. @throws TokenUnavailable, and what fetching throws */
  async at(target: Target, place: SignInPlace): Promise<OAuthClient> {
    const { auth, book, clock, fetch } = this.#options;
    const { issuer } = target.server;
    if (auth.client_id !== undefined) return this.#ofOperator(auth.client_id);
    const metadataUrl = auth.registration === 'dynamic' ? null : place.metadataUrl;
    for (;;) {
      const kept = await book.registration(issuer);
      if (kept !== null && stillHolds(kept, { ...place, target }, clock.now())) return kept;
      const made = await register({ target, redirectUri: place.redirectUri, metadataUrl, fetch });
      if (await book.register(issuer, made, kept)) return made;
    }
  }

  /** For a user who comes back: the one that was on the way. @throws TokenUnavailable */
  async back({ server }: Target, clientId: string): Promise<OAuthClient> {
    const { auth, book } = this.#options;
    const client =
      auth.client_id === undefined ? await book.registration(server.issuer) : this.#ofOperator(auth.client_id);
    if (client?.client_id === clientId) return client;
    throw new TokenUnavailable(`Sallyport is another client of ${server.issuer} by now: the user signs in again`);
  }

  /** The client that tokens were given to. */
  of({ clientId, registered }: Whose): OAuthClient {
    return registered === null ? this.#ofOperator(clientId) : { client_id: clientId, ...registered };
  }

  /** Whether tokens are of the client that the configuration means now. */
  isOurs({ clientId, registered }: Whose): boolean {
    const { client_id: configured } = this.#options.auth;
    return configured === undefined ? registered !== null : registered === null && clientId === configured;
  }

  /** The next user makes us known again, as to an authorization server that has forgotten us. */
  async forget(issuer: string): Promise<void> {
    const kept = await this.#options.book.registration(issuer);
    if (kept !== null) await this.#options.book.register(issuer, null, kept);
  }

  #ofOperator(client_id: string): OAuthClient {
    const { credential, method } = this.#options.auth;
    return { client_id, credential, method };
  }
}

/** A client as it stands with the tokens that were given to it. */
export function whoseOf(client: OAuthClient | Registration): Whose {
  const { client_id: clientId, credential, method } = client;
  const isRegistered = 'issuer' in client && (credential === null || typeof credential === 'string');
  return { clientId, registered: isRegistered ? { credential, method } : null };
}
