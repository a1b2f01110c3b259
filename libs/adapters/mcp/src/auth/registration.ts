import { isObject } from '@sallyport/base';
import { clientMetadata, type SignInPlace } from '@sallyport/contracts';
import {
  allowInsecureRequests,
  customFetch,
  dynamicClientRegistrationRequest,
  processDynamicClientRegistrationResponse,
} from 'oauth4webapi';
import { secretMethod, type OAuthClient } from './client-authentication.ts';
import { httpsOrOf, type Target, timeLimit } from './discover.ts';
import { TokenUnavailable } from './token-unavailable.ts';

/** What we are at one authorization server. It may be kept, and is of use with that one alone. */
export interface Registration extends OAuthClient {
  readonly issuer: string;
  readonly redirectUri: string;
  readonly credential: string | null;
  /** Milliseconds since 1970 from when on it is of no use; null for never. */
  readonly until: number | null;
}

export interface RegisterOptions extends SignInPlace {
  readonly target: Target;
  readonly fetch: typeof globalThis.fetch;
}

/**
 * Makes us known to an authorization server where the operator has not: by the address of our metadata where it reads such, else by
 * dynamic registration.
 *
 * @throws TokenUnavailable where it takes neither, and what oauth4webapi and fetching throw
 */
export async function register(options: RegisterOptions): Promise<Registration> {
  const { target, redirectUri, metadataUrl } = options;
  const { issuer, client_id_metadata_document_supported: readsMetadata, registration_endpoint: place } = target.server;
  const none = { issuer, redirectUri, credential: null, until: null };
  if (metadataUrl !== null && readsMetadata === true) return { ...none, client_id: metadataUrl };
  if (place !== undefined) return { ...none, ...(await registeredBy(options, place)) };
  throw new TokenUnavailable(
    `${issuer} lets no client register itself: register one with the redirect URI ${redirectUri}, and name it in \`auth.client_id\``,
  );
}

type Registered = Pick<Registration, 'client_id'> & Partial<Registration>;

async function registeredBy(options: RegisterOptions, place: string): Promise<Registered> {
  const { target, redirectUri, fetch } = options;
  const { server } = target;
  httpsOrOf(server.issuer, place, 'registration endpoint');
  const asked = clientMetadata([redirectUri], methodAt(server));
  const http = { [customFetch]: fetch, [allowInsecureRequests]: true, signal: timeLimit() };
  const response = await dynamicClientRegistrationRequest(server, asked, http);
  const given = await processDynamicClientRegistrationResponse(await asWritten(response));
  const { client_id, client_secret: secret } = given;
  // What it does not say of the method it gave as we asked, or without a secret as to a public client.
  const {
    token_endpoint_auth_method: method = typeof secret === 'string' ? asked.token_endpoint_auth_method : 'none',
  } = given;
  if (method === 'none') return { client_id };
  const seconds = Number(given['client_secret_expires_at']);
  const until = seconds === 0 ? null : seconds * 1_000;
  if ((method === 'client_secret_basic' || method === 'client_secret_post') && typeof secret === 'string')
    return { client_id, credential: secret, method, until };
  const shown = secret === undefined ? 'a secret that it does not give' : `the method ${String(method).slice(0, 100)}`;
  throw new TokenUnavailable(`${server.issuer} registers a client that proves itself by ${shown}`);
}

/** Whether what was kept still holds at this authorization server, for this redirect URI. */
export function stillHolds(
  { issuer, redirectUri, until }: Registration,
  at: Pick<RegisterOptions, 'target' | 'redirectUri'>,
  now: number,
): boolean {
  return issuer === at.target.server.issuer && redirectUri === at.redirectUri && (until === null || now < until);
}

/** Many servers say 200, or nothing of when a secret ends (RFC 7591 section 3.2.1 has 201, and 0 for never). */
async function asWritten(response: Response): Promise<Response> {
  if (!response.ok) return response;
  const given: unknown = await response.json().catch(() => null);
  const body = JSON.stringify(isObject(given) ? { client_secret_expires_at: 0, ...given } : given);
  return new Response(body, { status: 201, headers: { 'content-type': 'application/json' } });
}

/** A client with a secret where one can be had: a code that leaks is then of no use. */
function methodAt({
  token_endpoint_auth_methods_supported: methods,
}: Target['server']): NonNullable<OAuthClient['method']> | 'none' {
  return methods?.includes('none') === true && !methods.some((each) => each.startsWith('client_secret_'))
    ? 'none'
    : secretMethod(methods);
}
