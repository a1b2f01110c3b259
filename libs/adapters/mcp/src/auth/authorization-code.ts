import type { JsonObject } from '@sallyport/contracts';
import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  customFetch,
  generateRandomCodeVerifier,
  generateRandomState,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
  validateAuthResponse,
} from 'oauth4webapi';
import { scopesIn } from './challenge.ts';
import { clientAuthentication, type OAuthClient } from './client-authentication.ts';
import { type DpopProofs, withNonce } from './dpop.ts';
import { httpsOrOf, type Target, timeLimit } from './discover.ts';
import { givenBy } from './request-token.ts';
import { OFFLINE } from './scopes.ts';
import { TokenUnavailable } from './token-unavailable.ts';

/** Who asks, where, and for which server. */
export interface CodeGrant {
  readonly target: Target;
  /** As the authorization server of `target` knows us; a client of another issuer must not be shown to it. */
  readonly client: OAuthClient;
  /** Scopes that are asked for; none leaves the choice to the authorization server. */
  readonly scopes: readonly string[];
}

export interface AuthorizationRequest {
  /** Where the user’s browser goes. */
  readonly url: URL;
  /** To be kept, for `redeemCode` alone: with it and the code the tokens are had. */
  readonly verifier: string;
  readonly state: string;
  /** The issuer that the browser is sent to: no other may answer, or see what comes of it. */
  readonly expectIssuer: string;
}

/** What `authorizationRequest` gave, as it was kept meanwhile. */
export interface AwaitedCode extends Omit<AuthorizationRequest, 'url'> {
  readonly redirectUri: string;
}

/** The same, read from what was sealed meanwhile. */
export function awaitedIn({ verifier, state, expectIssuer, redirectUri }: JsonObject): AwaitedCode {
  return {
    verifier: String(verifier),
    state: String(state),
    expectIssuer: String(expectIssuer),
    redirectUri: String(redirectUri),
  };
}

export interface TokenEndpointAccess {
  /** Reaches public addresses, and what the operator names; bounds what it reads, and follows no redirect. */
  readonly fetch: typeof globalThis.fetch;
  /** Where the tokens shall be bound to a key of ours: each that is asked for with it is. */
  readonly dpop?: DpopProofs | undefined;
}

/** What a user’s consent gives. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Those that were given: fewer than were asked for, it may be. */
  readonly scopes: readonly string[];
  /** Milliseconds that the access token holds; null where nothing is said. */
  readonly lifeMs: number | null;
}

/**
 * Where a user signs in and consents (RFC 6749 section 4.1, with PKCE of RFC 7636 and `resource` of RFC 8707).
 *
 * @throws TokenUnavailable where the authorization server takes no S256 challenge, or has no page to go to
 */
export async function authorizationRequest({
  target,
  client,
  scopes,
  redirectUri,
}: CodeGrant & { readonly redirectUri: string }): Promise<AuthorizationRequest> {
  const { server, resource } = target;
  const { issuer, code_challenge_methods_supported: methods = [] } = server;
  if (!methods.includes('S256'))
    throw new TokenUnavailable(`${issuer} does not say that it takes PKCE with S256: a code would be safe with nobody`);
  const url = httpsOrOf(issuer, server.authorization_endpoint, 'authorization endpoint');
  const [verifier, state] = [generateRandomCodeVerifier(), generateRandomState()];
  const parameters = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    state,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    // OpenID Connect Core 1.0 section 11: without it a refresh token is not given.
    ...(scopes.includes(OFFLINE) ? { prompt: 'consent' } : {}),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url, verifier, state, expectIssuer: issuer };
}

/**
 * Takes the answer that the browser brings (RFC 6749 section 4.1.2, RFC 9207) and asks for the tokens. No code is sent where
 * the answer is not of the issuer that was asked.
 *
 * @param callback the address that the browser came to, with its query
 * @throws TokenUnavailable, and what oauth4webapi and fetching throw
 */
export async function redeemCode(grant: CodeGrant & AwaitedCode & TokenEndpointAccess, callback: URL): Promise<Tokens> {
  const { target, redirectUri, verifier, state, expectIssuer } = grant;
  const client = { client_id: grant.client.client_id };
  const { server, resource } = target;
  mustBe(expectIssuer, server);
  const code = validateAuthResponse(server, client, callback, state);
  const proof = clientAuthentication(grant.client, server);
  return withNonce(async () => {
    const options = { ...accessBy(grant), additionalParameters: { resource } };
    const response = await authorizationCodeGrantRequest(server, client, proof, code, redirectUri, verifier, options);
    return tokensOf(await processAuthorizationCodeResponse(server, client, response), grant);
  });
}

/**
 * Other tokens for a refresh token (RFC 6749 section 6). The old one may have ended by that: where the answer has none, it holds on.
 *
 * @throws TokenUnavailable, and what oauth4webapi and fetching throw
 */
export async function refresh(
  grant: CodeGrant & Pick<AwaitedCode, 'expectIssuer'> & TokenEndpointAccess,
  refreshToken: string,
): Promise<Tokens> {
  const { target } = grant;
  const client = { client_id: grant.client.client_id };
  const { server, resource } = target;
  mustBe(grant.expectIssuer, server);
  const proof = clientAuthentication(grant.client, server);
  return withNonce(async () => {
    const options = { ...accessBy(grant), additionalParameters: { resource } };
    const response = await refreshTokenGrantRequest(server, client, proof, refreshToken, options);
    const tokens = tokensOf(await processRefreshTokenResponse(server, client, response), grant);
    return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
  });
}

/** What one issuer gave is shown to no other. */
function mustBe(expected: string, { issuer }: Target['server']): void {
  if (issuer !== expected)
    throw new TokenUnavailable(
      `the user signed in at ${expected}, and the server names ${issuer} now: they sign in again`,
    );
}

/** `discover` has looked at where it goes. */
function accessBy({ fetch, dpop }: TokenEndpointAccess) {
  const bound = dpop === undefined ? {} : { DPoP: dpop.handle };
  return { [customFetch]: fetch, [allowInsecureRequests]: true, signal: timeLimit(), ...bound };
}

function tokensOf(response: TokenEndpointResponse, { target, scopes, dpop }: CodeGrant & TokenEndpointAccess): Tokens {
  const { value, lifeMs } = givenBy(response, target.server.issuer, dpop);
  const { refresh_token: refreshToken = null, scope } = response;
  return { accessToken: value, refreshToken, scopes: scope === undefined ? scopes : scopesIn(scope), lifeMs };
}
