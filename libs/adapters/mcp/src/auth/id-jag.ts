import type { UpstreamAuthParts } from '@sallyport/contracts';
import { allowInsecureRequests, customFetch, genericTokenEndpointRequest, ResponseBodyError } from 'oauth4webapi';
import { processGenericTokenEndpointResponse } from 'oauth4webapi';
import { clientAuthentication } from './client-authentication.ts';
import { type Target, timeLimit } from './discover.ts';
import { TokenUnavailable, unavailable } from './token-unavailable.ts';

const tokenType = (name: string): string => `urn:ietf:params:oauth:token-type:${name}`;

export interface IdJagOptions {
  readonly auth: UpstreamAuthParts;
  readonly fetch: typeof globalThis.fetch;
  /** Who is to be known at the server, as the identity provider knows them. */
  readonly subjectToken: string;
}

/**
 * Asks an organisation's identity provider for a grant for one person, one authorization server and one resource: an Identity Assertion
 * JWT (ID-JAG, draft-ietf-oauth-identity-assertion-authz-grant section 4.3). It is used once.
 *
 * @throws TokenUnavailable saying what refuses it
 */
export async function requestIdJag(
  { server: { issuer: audience }, resource, identityProvider: at }: Target,
  scopes: readonly string[],
  { auth: { identity_provider: ours }, fetch, subjectToken }: IdJagOptions,
): Promise<string> {
  if (at === undefined || ours === undefined) throw new TokenUnavailable('`auth.identity_provider` is missing');
  const { client_id, subject_token_type: type } = ours;
  const parameters = {
    requested_token_type: tokenType('id-jag'),
    audience,
    resource,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    subject_token: subjectToken,
    subject_token_type: tokenType(type),
  };
  const options = { [customFetch]: fetch, [allowInsecureRequests]: true, signal: timeLimit() };
  const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
  try {
    const proof = clientAuthentication(ours, at);
    const response = await genericTokenEndpointRequest(at, { client_id }, proof, grant, parameters, options);
    const recognizedTokenTypes = { n_a: () => undefined };
    const given = await processGenericTokenEndpointResponse(at, { client_id }, response, { recognizedTokenTypes });
    if (given['issued_token_type'] === parameters.requested_token_type) return given.access_token;
  } catch (error) {
    const why = unavailable(ours.issuer, error);
    if (!(error instanceof ResponseBodyError)) throw new TokenUnavailable(why);
    throw new TokenUnavailable(
      `${ours.issuer} gives no grant (ID-JAG) for ${audience}: a policy there has to let the client ${client_id} have it for this caller, and \`subject_token_type: ${type}\` has to be what callers show (${why})`,
    );
  }
  // An access token, such as one that opens something else: nothing to show to the server's authorization server.
  throw new TokenUnavailable(`${ours.issuer} gives something else than a grant (ID-JAG) for ${audience}`);
}
