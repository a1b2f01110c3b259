import type { UpstreamAuthParts } from '@sallyport/contracts';
import { allowInsecureRequests, customFetch, genericTokenEndpointRequest } from 'oauth4webapi';
import { processGenericTokenEndpointResponse, type TokenEndpointResponse } from 'oauth4webapi';
import { clientAuthentication } from './client-authentication.ts';
import { type DpopProofs, withNonce } from './dpop.ts';
import { type Target, timeLimit } from './discover.ts';
import { requestIdJag } from './id-jag.ts';
import { TokenUnavailable } from './token-unavailable.ts';

/** An access token as it was given. */
export interface GivenToken {
  readonly value: string;
  /** Milliseconds that it holds; null where nothing is said. */
  readonly lifeMs: number | null;
}

const EARLY_MS = 60_000;
/** On its way to the server a token may end: milliseconds before its end from when on it is not shown. */
export const LEEWAY_MS = 2_000;

/** How long before its end a token is renewed: a minute, or a fifth of a life (milliseconds) that is short. */
export function earlyMs(lifeMs: number): number {
  return Math.min(EARLY_MS, lifeMs / 5);
}

export interface RequestTokenOptions {
  readonly auth: UpstreamAuthParts;
  readonly fetch: typeof globalThis.fetch;
  /** The caller's token, where theirs is wanted in exchange for it. */
  readonly callerToken: string | undefined;
  /** What says who this workload is, where that counts in the place of a client's own credential. */
  readonly assertion: string | undefined;
  /** Where the token shall be bound to a key of ours. */
  readonly dpop: DpopProofs | null;
  /** Hears of what must not be seen later. */
  readonly onSecret?: (text: string) => void;
}

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/**
 * Asks the authorization server for a token: our own (RFC 6749 section 4.4, or RFC 7523 section 2.1), or a caller's in exchange (RFC 8693),
 * or by a grant of an organisation's identity provider, for one resource (RFC 8707 section 2.2).
 *
 * @throws TokenUnavailable, and what oauth4webapi and fetching throw
 */
export async function requestToken(
  target: Target,
  scopes: readonly string[],
  options: RequestTokenOptions,
): Promise<GivenToken> {
  const { server, resource } = target;
  const { auth, fetch, dpop } = options;
  // Users’ sign-in alone goes without one.
  const client = { client_id: auth.client_id ?? '' };
  const parameters = { resource, ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }) };
  // `discover` has looked at where it goes.
  const bound = dpop === null ? {} : { DPoP: dpop.handle };
  const proof = clientAuthentication(auth, server);
  return withNonce(async () => {
    const [grant, more] = await grantFor(target, scopes, options);
    const sending = { [customFetch]: fetch, [allowInsecureRequests]: true, signal: timeLimit(), ...bound };
    const asked = { ...parameters, ...more };
    const response = await genericTokenEndpointRequest(server, client, proof, grant, asked, sending);
    return givenBy(await processGenericTokenEndpointResponse(server, client, response), server.issuer, dpop);
  });
}

type Grant = [grant: string, parameters: Record<string, string>];

async function grantFor(target: Target, scopes: readonly string[], options: RequestTokenOptions): Promise<Grant> {
  const { auth, callerToken, assertion, onSecret } = options;
  const subjectToken = callerToken ?? assertion;
  if (auth.type === 'enterprise_managed' && subjectToken !== undefined) {
    const granted = await requestIdJag(target, scopes, { ...options, subjectToken });
    onSecret?.(granted);
    return jwtBearer(granted);
  }
  if (callerToken !== undefined) return exchangeOf(callerToken);
  return assertion === undefined ? ['client_credentials', {}] : jwtBearer(assertion);
}

function jwtBearer(assertion: string): Grant {
  return ['urn:ietf:params:oauth:grant-type:jwt-bearer', { assertion }];
}

function exchangeOf(callerToken: string): Grant {
  const parameters = {
    subject_token: callerToken,
    subject_token_type: ACCESS_TOKEN,
    requested_token_type: ACCESS_TOKEN,
  };
  return ['urn:ietf:params:oauth:grant-type:token-exchange', parameters];
}

/** @throws TokenUnavailable where what was given is no bearer token, or none that is bound to our key, or can’t be sent */
export function givenBy(
  { access_token: value, expires_in: seconds, token_type: type }: TokenEndpointResponse,
  issuer: string,
  dpop?: DpopProofs | null,
): GivenToken {
  const wanted = dpop == null ? 'bearer' : 'dpop';
  if (type !== wanted) throw new TokenUnavailable(`${issuer} gives a token of type ${type}, not ${wanted}`);
  // RFC 6750 section 2.1: anything else could not be sent, or would say more than a token.
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(value)) throw new TokenUnavailable(`${issuer} gives a token that can’t be sent`);
  return { value, lifeMs: seconds === undefined ? null : seconds * 1_000 };
}
