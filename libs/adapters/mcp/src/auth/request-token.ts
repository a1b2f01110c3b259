import type { UpstreamAuthParts } from '@sallyport/contracts';
import { allowInsecureRequests, clientCredentialsGrantRequest, customFetch } from 'oauth4webapi';
import { processClientCredentialsResponse, type TokenEndpointResponse } from 'oauth4webapi';
import { clientAuthentication } from './client-authentication.ts';
import { type Target, timeLimit } from './discover.ts';
import { TokenUnavailable } from './token-unavailable.ts';

/** An access token as it was given. */
export interface GivenToken {
  readonly value: string;
  /** Milliseconds that it holds; null where nothing is said. */
  readonly lifeMs: number | null;
}

/**
 * Asks the authorization server for a token (RFC 6749 section 4.4, RFC 8707 section 2.2).
 *
 * @throws TokenUnavailable, and what oauth4webapi and fetching throw
 */
export async function requestToken(
  { server, resource }: Target,
  scopes: readonly string[],
  { auth, fetch }: { readonly auth: UpstreamAuthParts; readonly fetch: typeof globalThis.fetch },
): Promise<GivenToken> {
  const client = { client_id: auth.client_id };
  const parameters = { resource, ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }) };
  // `discover` has looked at where it goes.
  const options = { [customFetch]: fetch, [allowInsecureRequests]: true, signal: timeLimit() };
  const proof = clientAuthentication(auth, server);
  const response = await clientCredentialsGrantRequest(server, client, proof, parameters, options);
  return givenBy(await processClientCredentialsResponse(server, client, response), server.issuer);
}

function givenBy(
  { access_token: value, expires_in: seconds, token_type: type }: TokenEndpointResponse,
  issuer: string,
): GivenToken {
  if (type !== 'bearer') throw new TokenUnavailable(`${issuer} gives a token of type ${type}, not bearer`);
  // RFC 6750 section 2.1: anything else could not be sent, or would say more than a token.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(value)) throw new TokenUnavailable(`${issuer} gives a token that can’t be sent`);
  return { value, lifeMs: seconds === undefined ? null : seconds * 1_000 };
}
