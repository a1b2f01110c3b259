import type { Caller, Consent, ConsentRequest, JsonObject, SignInPlace, UpstreamSignIn } from '@sallyport/contracts';
import { AuthorizationResponseError } from 'oauth4webapi';
import { authorizationRequest, type AwaitedCode, awaitedIn, redeemCode } from './authorization-code.ts';
import type { OAuthClient } from './client-authentication.ts';
import { type ConnectionBook, type KeptTokens, removeKept } from './connection-book.ts';
import type { Target } from './discover.ts';
import { createDpopKey } from './dpop.ts';
import { offlineScopes, scopesFor } from './scopes.ts';
import { TokenUnavailable, unavailable } from './token-unavailable.ts';
import { whoseOf } from './user-clients.ts';
import { withoutSecrets } from './without-secrets.ts';
import type { UserTokens, UserTokensOptions } from './user-tokens.ts';

/** Milliseconds that a consent may take, from the page of ours to the code. */
const PENDING_MS = 600_000;

/** How users sign in at a server with a browser (RFC 6749 section 4.1, PKCE, RFC 8707, RFC 9207). */
export function createUserSignIn(tokens: UserTokens, options: UserTokensOptions): UpstreamSignIn {
  const { auth, fetch, targets, book, clock } = options;

  async function found(): Promise<Target> {
    try {
      return await targets.find(tokens.known.metadata);
    } catch (error) {
      targets.forget();
      throw new TokenUnavailable(unavailable(auth.issuer, error));
    }
  }

  async function begin(caller: Caller, { redirectUri, metadataUrl }: SignInPlace): Promise<ConsentRequest> {
    const target = await found();
    // An authorization server that has forgotten us would let nobody in.
    if (caller.tenant === '_system' && (await tokens.find(caller)) === null) await tokens.clients.forget(auth.issuer);
    const scopes = await wantedScopes(tokens, auth, { caller, target });
    const client = await explained(auth.issuer, tokens.clients.at(target, { redirectUri, metadataUrl }));
    const { url, ...awaited } = await authorizationRequest({ target, client, scopes, redirectUri });
    const until = clock.now() + PENDING_MS;
    return { url, pending: { ...awaited, redirectUri, clientId: client.client_id, scopes: [...scopes], until } };
  }

  async function finish(caller: Caller, pending: JsonObject, callback: URL): Promise<Consent> {
    const awaited = pendingOf(pending);
    if (clock.now() > awaited.until) throw new TokenUnavailable('the sign-in took too long');
    if (
      callback.searchParams.get('state') !== awaited.state ||
      !(await book.spend(caller, awaited.state, awaited.until))
    )
      throw new TokenUnavailable('the browser came back from another sign-in, or for the second time');
    const since = clock.now();
    const kept = await redeemed(tokens, { target: await found(), fetch, awaited, callback, since });
    const consent = { issuer: auth.issuer, scopes: kept.scopes };
    // On record first: no call may have a token that the record knows nothing of.
    await book.made(caller, consent);
    await keep(book, caller, kept);
    return consent;
  }

  async function disconnect(caller: Caller, by: Caller): Promise<boolean> {
    const kept = await removeKept(book, caller, by);
    // Tokens of another authorization server are not shown to this one.
    if (kept !== null && tokens.isOurs(kept)) await tokens.end(kept);
    return kept !== null;
  }

  return {
    isConnected: (caller) => tokens.isConnected(caller),
    consent: async (caller) => ({
      issuer: auth.issuer,
      scopes: await wantedScopes(tokens, auth, { caller, target: await found() }),
    }),
    begin,
    finish,
    disconnect,
  };
}

interface Redeeming {
  readonly target: Target;
  readonly fetch: typeof globalThis.fetch;
  readonly awaited: Pending;
  readonly callback: URL;
  readonly since: number;
}

async function redeemed(
  tokens: UserTokens,
  { target, fetch, awaited, callback, since }: Redeeming,
): Promise<KeptTokens> {
  const client = await tokens.clients.back(target, awaited.clientId);
  const dpopKey = tokens.known.isDpop ? await createDpopKey() : null;
  const dpop = dpopKey === null ? undefined : await tokens.proofs(dpopKey);
  const redeeming = redeemCode({ target, client, fetch, dpop, ...awaited }, callback);
  const given = await explained(target.server.issuer, redeeming, client);
  return tokens.kept(given, target, { ...whoseOf(client), asked: awaited.scopes, wanted: [], dpopKey, since });
}

/** In the place of what was kept before, whatever that is by now. */
async function keep(book: ConnectionBook, caller: Caller, kept: KeptTokens): Promise<void> {
  while ((await book.replace(caller, await book.find(caller), kept)) === null);
}

/** What an authorization server says may repeat what we showed it. */
function explained<T>(issuer: string, work: Promise<T>, { credential }: Partial<OAuthClient> = {}): Promise<T> {
  return work.catch((error: unknown) => {
    const secret = typeof credential === 'string' ? credential : '';
    throw new TokenUnavailable(withoutSecrets(refusalOf(issuer, error), [secret]));
  });
}

/** What the server says that it wants, and all that the user was asked for before. */
async function wantedScopes(
  tokens: UserTokens,
  { scopes: allowed }: UserTokensOptions['auth'],
  { caller, target }: { readonly caller: Caller; readonly target: Target },
): Promise<readonly string[]> {
  const { asked = [], wanted = [] } = (await tokens.find(caller))?.tokens ?? {};
  const first = scopesFor(target, tokens.known.named, allowed);
  return offlineScopes([...new Set([...first, ...asked, ...wanted])], target, allowed);
}

interface Pending extends AwaitedCode {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly until: number;
}

/** It was sealed, and is what `begin` made. */
function pendingOf(pending: JsonObject): Pending {
  const { clientId, scopes, until } = pending;
  return {
    ...awaitedIn(pending),
    clientId: String(clientId),
    scopes: Array.isArray(scopes) ? scopes.map(String) : [],
    until: Number(until),
  };
}

/** Why there is no token after all: the user may have said no. */
function refusalOf(issuer: string, error: unknown): string {
  if (error instanceof AuthorizationResponseError) return `${issuer} answers ${error.error}`;
  return unavailable(issuer, error);
}
