import type { JsonObject } from '@sallyport/contracts';
import { authorizationRequest, awaitedIn, redeemCode } from './authorization-code.ts';
import type { OAuthClient } from './client-authentication.ts';
import { serverOf, type Target } from './discover.ts';
import { TokenUnavailable, unavailable } from './token-unavailable.ts';

export interface IssuerSignInOptions {
  readonly issuer: string;
  readonly client: OAuthClient;
  /** What tokens for us name as their audience. */
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly fetch: typeof globalThis.fetch;
}

/**
 * How people prove who they are to pages of ours: they sign in at the issuer of their tokens (RFC 6749 section 4.1, PKCE), which
 * gives a token for us, as it gives one to their client. What throws is a TokenUnavailable.
 */
export function createIssuerSignIn({ issuer, client, audience, scopes, fetch }: IssuerSignInOptions) {
  async function grant(): Promise<{ target: Target; client: OAuthClient; scopes: readonly string[] }> {
    return { target: { server: await serverOf(issuer, fetch), resource: audience, supported: [] }, client, scopes };
  }

  return {
    async begin(redirectUri: string): Promise<{ url: URL; pending: JsonObject }> {
      const { url, ...awaited } = await authorizationRequest({ ...(await grant()), redirectUri }).catch(told);
      return { url, pending: { ...awaited, redirectUri } };
    },
    async finish(pending: JsonObject, callback: URL): Promise<string> {
      const awaited = { ...(await grant()), ...awaitedIn(pending), fetch };
      const { accessToken } = await redeemCode(awaited, callback).catch(told);
      return accessToken;
    },
  };

  function told(error: unknown): never {
    throw new TokenUnavailable(unavailable(issuer, error));
  }
}
