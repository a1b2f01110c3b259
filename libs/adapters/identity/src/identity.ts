import { decodeJwt } from 'jose';
import {
  type Clock,
  type Config,
  type Identity,
  type IdentityRefusal,
  namedIssuers,
  type Principal,
  type TenantRegister,
} from '@sallyport/contracts';
import { type Admission, createAdmission } from './principal-admission.ts';
import { createDocumentFetch } from './document-fetch.ts';
import { createDevelopmentUsers, type DevelopmentUser, DevelopmentUsersError } from './development-users.ts';
import { createIssuer, type IssuerTiming, type VerifyToken } from './issuer.ts';
import { developmentRefused } from './loopback.ts';
import { createOwnership } from './ownership.ts';
import { createPublicFetch } from './public-fetch.ts';
import { invalidToken, isRefusal, missingToken } from './identity-refusals.ts';
import { createTenantIssuers, noTenants } from './tenant-issuers.ts';
import { createTokenCache } from './token-cache.ts';

export interface IdentityOptions {
  readonly config: Config['identity'];
  /** The configured `listen`: development users are served on a loopback address alone. */
  readonly listen: string;
  /** The parsed file of development users. */
  readonly users?: readonly DevelopmentUser[];
  /** Onboarded tenants and their issuers; nobody if absent. */
  readonly register?: TenantRegister;
  /** Whose tokens are accepted: of any tenant, or of onboarded ones alone. */
  readonly admit?: Config['tenants']['admit'];
  readonly clock: Clock;
  /** Where issuers of tenants may be at private addresses. Those of `config` may be anywhere: the operator names them. */
  readonly privateIssuers?: readonly string[];
  /** Told of genuine tokens whose claims don't fit, at most once a minute for each issuer. */
  readonly unfit?: (issuer: string, why: string) => void;
  readonly fetch?: typeof fetch;
  readonly timing?: Partial<IssuerTiming>;
}

const MAX_HEADER = 16_384;
const timingDefaults: IssuerTiming = {
  timeoutMs: 5_000,
  keysForMs: 600_000,
  cooldownMs: 30_000,
  retryMs: 10_000,
  earlyMs: 60_000,
  lateMs: 5_000,
};

/**
 * Turns bearer tokens into principals: development users by their fixed tokens, everybody else by a JWT of a configured
 * issuer or of an onboarded tenant's own. A token that was verified is remembered for at most a minute, by its whole
 * header, and no longer than the register of tenants stays as it is.
 *
 * @throws DevelopmentUsersError when development users are given and `listen` is not a loopback address
 */
export function createIdentity(options: IdentityOptions): Identity {
  const { config, listen, users = [], clock, register = noTenants, admit = 'any' } = options;
  const refused = users.length > 0 ? developmentRefused(listen) : null;
  if (refused !== null) throw new DevelopmentUsersError(refused);
  const userOf = createDevelopmentUsers(users);
  const verifierOf = createVerifiers(options, register);
  const judgeOwner = createOwnership(register, config.issuers);
  const mayEnter = createAdmission(register, { admit, issuers: config.issuers });
  let cache = createTokenCache(clock);
  let cachedUnder = register.version;

  async function verify(header: string, resource: string | undefined): Promise<Principal | IdentityRefusal> {
    const token = bearerOf(header);
    if (token === null) return invalidToken('The Authorization header is not a bearer token.');
    const under = register.version;
    // A development user is whom the operator writes: also the owner of that id.
    const user = userOf(token);
    const answer = admitted(mayEnter, user ?? (await verifyByIssuer(verifierOf, token, resource)));
    if (isRefusal(answer)) return answer;
    // What was found under an earlier register is not kept: it may be true no more.
    const principal = user === null ? judgeOwner(answer) : answer;
    return under === cachedUnder ? cache.put(header, principal) : principal;
  }

  return {
    authenticate(authorization, resource) {
      if (authorization === undefined || authorization === '') return Promise.resolve(missingToken);
      if (register.version !== cachedUnder) {
        cache = createTokenCache(clock);
        cachedUnder = register.version;
      }
      return cache.get(authorization, resource) ?? verify(authorization, resource);
    },
  };
}

function admitted(mayEnter: Admission, answer: Principal | IdentityRefusal): Principal | IdentityRefusal {
  return isRefusal(answer) ? answer : (mayEnter(answer) ?? answer);
}

/** The verifier for an issuer: undefined for an unknown one, null for one that two claim. */
type Verifiers = (issuer: string) => VerifyToken | null | undefined;

function createVerifiers(
  { config, clock, privateIssuers = [], unfit, fetch, timing = {} }: IdentityOptions,
  register: TenantRegister,
): Verifiers {
  const named = namedIssuers({ identity: config, tenants: { private_issuers: privateIssuers } });
  const parts = {
    clock,
    fetch: createDocumentFetch(fetch ?? createPublicFetch(named)),
    fetchPublic: createDocumentFetch(fetch ?? createPublicFetch([])),
    timing: { ...timingDefaults, ...skewOf(config), ...timing },
    unfit: unfit && seldom(unfit, clock),
  };
  const own = new Map(config.issuers.map((issuer) => [issuer.issuer, createIssuer(issuer, parts)]));
  const ofTenants = createTenantIssuers(register, own, parts);
  return function verifierOf(issuer) {
    const found = ofTenants(issuer);
    return found === undefined ? own.get(issuer) : found;
  };
}

function skewOf({ clock_skew: skew }: Config['identity']): Partial<IssuerTiming> {
  return skew === undefined ? {} : { earlyMs: skew, lateMs: skew };
}

/** Tells once a minute for each issuer: a client sends the same token again and again. */
function seldom(tell: (issuer: string, why: string) => void, { monotonic }: Clock): typeof tell {
  const toldAt = new Map<string, number>();
  return function tellSeldom(issuer, why) {
    const now = monotonic();
    if (now - (toldAt.get(issuer) ?? -Infinity) < 60_000) return;
    toldAt.set(issuer, now);
    tell(issuer, why);
  };
}

/** The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1); null for anything else. */
function bearerOf(header: string): string | null {
  if (header.length > MAX_HEADER) return null;
  return /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header)?.[1] ?? null;
}

function verifyByIssuer(
  verifierOf: Verifiers,
  token: string,
  resource: string | undefined,
): Promise<Principal | IdentityRefusal> {
  const issuer = issuerOf(token);
  if (issuer === undefined) return Promise.resolve(invalidToken('This token is not known.'));
  const verify = verifierOf(issuer);
  if (verify === null) return Promise.resolve(invalidToken('The issuer of the token is claimed by two tenants.'));
  return verify?.(token, resource) ?? Promise.resolve(invalidToken('The issuer of the token is not known.'));
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
