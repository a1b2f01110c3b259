import type { Caller, Consent, ConsentRequest, JsonObject, UpstreamSignIn } from '@sallyport/contracts';
import { AuthorizationResponseError } from 'oauth4webapi';
import { authorizationRequest, redeemCode } from './authorization-code.ts';
import type { Target } from './discover.ts';
import { offlineScopes, scopesFor } from './scopes.ts';
import { TokenUnavailable, unavailable } from './token-unavailable.ts';
import type { UserTokens, UserTokensOptions } from './user-tokens.ts';

/** Milliseconds that a consent may take, from the page of ours to the code. */
const PENDING_MS = 600_000;

/** How users sign in at a server with a browser (RFC 6749 section 4.1, PKCE, RFC 8707, RFC 9207). */
export function createUserSignIn(tokens: UserTokens, options: UserTokensOptions): UpstreamSignIn {
  const { auth, fetch, targets, book, clock } = options;

  async function asked(): Promise<{ readonly target: Target; readonly scopes: readonly string[] }> {
    const { metadata, named } = tokens.known;
    try {
      const target = await targets.find(metadata);
      return { target, scopes: offlineScopes(scopesFor(target, named, auth.scopes), target, auth.scopes) };
    } catch (error) {
      targets.forget();
      throw new TokenUnavailable(unavailable(auth.issuer, error));
    }
  }

  async function begin(redirectUri: string): Promise<ConsentRequest> {
    const { target, scopes } = await asked();
    const { url, ...awaited } = await authorizationRequest({ target, client: auth, scopes, redirectUri });
    return { url, pending: { ...awaited, redirectUri, scopes: [...scopes], until: clock.now() + PENDING_MS } };
  }

  async function finish(caller: Caller, pending: JsonObject, callback: URL): Promise<Consent> {
    const awaited = pendingOf(pending);
    if (clock.now() > awaited.until) throw new TokenUnavailable('the sign-in took too long');
    if (
      callback.searchParams.get('state') !== awaited.state ||
      !(await book.spend(caller, awaited.state, awaited.until))
    )
      throw new TokenUnavailable('the browser came back from another sign-in, or for the second time');
    const { target } = await asked();
    const given = await redeemCode({ target, client: auth, fetch, ...awaited }, callback).catch((error: unknown) => {
      throw new TokenUnavailable(refusalOf(auth.issuer, error));
    });
    await keep(caller, tokens.kept(given, target));
    const consent = { issuer: auth.issuer, scopes: given.scopes };
    await book.made(caller, consent);
    return consent;
  }

  /** In the place of what was kept before, whatever that is by now. */
  async function keep(caller: Caller, kept: Parameters<typeof book.replace>[2]): Promise<void> {
    while ((await book.replace(caller, await book.find(caller), kept)) === null);
  }

  async function disconnect(caller: Caller, by: Caller): Promise<boolean> {
    for (;;) {
      const entry = await book.find(caller);
      if (entry === null) return false;
      if (!(await book.remove(caller, entry))) continue;
      await book.removed(caller, by, entry.tokens.issuer);
      // Tokens of another authorization server are not shown to this one.
      if (tokens.isOurs(entry.tokens)) await tokens.end(entry.tokens);
      return true;
    }
  }

  return {
    isConnected: (caller) => tokens.isConnected(caller),
    consent: async () => ({ issuer: auth.issuer, scopes: (await asked()).scopes }),
    begin,
    finish,
    disconnect,
  };
}

interface Pending {
  readonly verifier: string;
  readonly state: string;
  readonly expectIssuer: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly until: number;
}

/** It was sealed, and is what `begin` made. */
function pendingOf({ verifier, state, expectIssuer, redirectUri, scopes, until }: JsonObject): Pending {
  return {
    verifier: String(verifier),
    state: String(state),
    expectIssuer: String(expectIssuer),
    redirectUri: String(redirectUri),
    scopes: Array.isArray(scopes) ? scopes.map(String) : [],
    until: Number(until),
  };
}

/** Why there is no token after all: the user may have said no. */
function refusalOf(issuer: string, error: unknown): string {
  if (error instanceof AuthorizationResponseError) return `${issuer} answers ${error.error}`;
  return unavailable(issuer, error);
}
