import { decodeJwt } from 'jose';
import type { Clock, Config, Identity, IdentityRefusal, Principal } from '@sallyport/contracts';
import { createDevelopmentUsers, type DevelopmentUser, DevelopmentUsersError } from './development-users.ts';
import { createIssuer, type IssuerTiming, type VerifyToken } from './issuer.ts';
import { developmentRefused } from './loopback.ts';
import { invalidToken, isRefusal, missingToken } from './refusals.ts';
import { createTokenCache } from './token-cache.ts';

export interface IdentityOptions {
  readonly config: Config['identity'];
  /** The configured `listen`: development users are served on a loopback address alone. */
  readonly listen: string;
  /** The parsed file of development users. */
  readonly users?: readonly DevelopmentUser[];
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
  readonly timing?: Partial<IssuerTiming>;
}

const MAX_HEADER = 16_384;
const timingDefaults: IssuerTiming = {
  timeoutMs: 5_000,
  keysForMs: 600_000,
  cooldownMs: 30_000,
  retryMs: 10_000,
  skewMs: 5_000,
};

/**
 * Turns bearer tokens into principals: development users by their fixed tokens, everybody else by a JWT of a
 * configured issuer. A token that was verified is remembered for at most a minute, by its whole header.
 *
 * @throws DevelopmentUsersError when development users are given and `listen` is not a loopback address
 */
export function createIdentity({
  config,
  listen,
  users = [],
  clock,
  fetch = globalThis.fetch,
  timing = {},
}: IdentityOptions): Identity {
  const refused = users.length > 0 ? developmentRefused(listen) : null;
  if (refused !== null) throw new DevelopmentUsersError(refused);
  const cache = createTokenCache(clock);
  const userOf = createDevelopmentUsers(users);
  const parts = { clock, fetch, timing: { ...timingDefaults, ...timing } };
  const issuers = new Map(config.issuers.map((issuer) => [issuer.issuer, createIssuer(issuer, parts)]));

  async function verify(header: string): Promise<Principal | IdentityRefusal> {
    const token = bearerOf(header);
    if (token === null) return invalidToken('The Authorization header is not a bearer token.');
    const answer = userOf(token) ?? (await verifyByIssuer(issuers, token));
    return isRefusal(answer) ? answer : cache.put(header, answer);
  }

  return {
    authenticate(authorization) {
      if (authorization === undefined || authorization === '') return Promise.resolve(missingToken);
      return cache.get(authorization) ?? verify(authorization);
    },
  };
}

/** The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1); null for anything else. */
function bearerOf(header: string): string | null {
  if (header.length > MAX_HEADER) return null;
  return /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header)?.[1] ?? null;
}

function verifyByIssuer(
  issuers: ReadonlyMap<string, VerifyToken>,
  token: string,
): Promise<Principal | IdentityRefusal> {
  const issuer = issuerOf(token);
  if (issuer === undefined) return Promise.resolve(invalidToken('This token is not known.'));
  return issuers.get(issuer)?.(token) ?? Promise.resolve(invalidToken('The issuer of the token is not known.'));
}

/** The issuer that an unverified token names: it only chooses whose keys to try. */
function issuerOf(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    return undefined;
  }
}
