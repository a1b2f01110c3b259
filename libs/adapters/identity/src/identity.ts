import { decodeJwt } from 'jose';
import {
  type Clock,
  type Config,
  type Identity,
  type IdentityRefusal,
  namedIssuers,
  type Principal,
  type ShownRequest,
  type TenantRegister,
} from '@sallyport/contracts';
import { type Admission, createAdmission } from './principal-admission.ts';
import { createDocumentFetch } from './document-fetch.ts';
import { createDevelopmentUsers, type DevelopmentUser, DevelopmentUsersError } from './development-users.ts';
import { ProofMemory, readProof } from './dpop.ts';
import {
  createIssuer,
  createOpaqueIssuer,
  introspectionOf,
  type IssuerTiming,
  type Shown,
  type VerifyToken,
} from './issuer.ts';
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
  /** What we show the issuer that has `introspection`. Without it, its tokens that are no JWTs are refused. */
  readonly clientSecret?: string | undefined;
  /** The proofs that were used, where several identities follow one another in a process. */
  readonly proofs?: ProofMemory;
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
 * Turns tokens into principals: development users by their fixed tokens, everybody else by a JWT of a configured issuer
 * or of an onboarded tenant's own. A bearer token that was verified is remembered for at most a minute, by its whole
 * header, and no longer than the register of tenants stays as it is. One that is bound to a key (scheme `DPoP`) never is:
 * each request has to prove that it has the key.
 *
 * @throws DevelopmentUsersError when development users are given and `listen` is not a loopback address
 */
export function createIdentity(options: IdentityOptions): Identity {
  const { clock, register = noTenants, proofs = new ProofMemory(), clientSecret } = options;
  const principalOf = createTokenCheck(options, register);
  const { earlyMs } = timingOf(options);
  let cache = createTokenCache(clock);
  let cachedUnder = register.version;

  async function verifyBearer(header: string, token: string, shown: Shown): Promise<Principal | IdentityRefusal> {
    const under = register.version;
    const answer = await principalOf(token, shown);
    // What an issuer says of a token that is no JWT is kept where it is asked, and for a shorter time.
    const isKeptElsewhere = clientSecret !== undefined && issuerOf(token) === undefined;
    // What was found under an earlier register is not kept: it may be true no more.
    return isRefusal(answer) || isKeptElsewhere || under !== cachedUnder ? answer : cache.put(header, answer);
  }

  async function verifyBound(token: string, { resource }: Shown, request?: ShownRequest): ReturnType<VerifyToken> {
    if (request === undefined) return invalidToken(noProofHere);
    const proof = await readProof(request, token, clock);
    if (isRefusal(proof)) return proof;
    const answer = await principalOf(token, { resource, key: proof.key });
    // Used last: only who has a good token can fill the memory.
    return isRefusal(answer) ? answer : (proofs.use(proof, clock.now(), earlyMs) ?? answer);
  }

  function verify(header: string, shown: Shown, request?: ShownRequest): ReturnType<VerifyToken> {
    const credentials = credentialsOf(header);
    if (credentials === null) return Promise.resolve(invalidToken(noToken));
    const { isBearer, token } = credentials;
    return isBearer ? verifyBearer(header, token, shown) : verifyBound(token, shown, request);
  }

  return {
    authenticate(authorization, resource, request) {
      if (authorization === undefined || authorization === '') return Promise.resolve(missingToken);
      if (register.version !== cachedUnder) {
        cache = createTokenCache(clock);
        cachedUnder = register.version;
      }
      return cache.get(authorization, resource) ?? verify(authorization, { resource }, request);
    },
  };
}

/** Says whose a token is: a development user’s, or one of any issuer. */
function createTokenCheck(options: IdentityOptions, register: TenantRegister): VerifyToken {
  const { config, listen, users = [], admit = 'any' } = options;
  const refused = users.length > 0 ? developmentRefused(listen) : null;
  if (refused !== null) throw new DevelopmentUsersError(refused);
  const userOf = createDevelopmentUsers(users);
  const verifierOf = createVerifiers(options, register);
  const judgeOwner = createOwnership(register, config.issuers);
  const mayEnter = createAdmission(register, { admit, issuers: config.issuers });
  return async function principalOf(token, shown) {
    // A development user is whom the operator writes: also the owner of that id. Their tokens are bound to no key.
    const user = shown.key === undefined ? userOf(token) : null;
    const answer = admitted(mayEnter, user ?? (await verifyByIssuer(verifierOf, token, shown)));
    return isRefusal(answer) || user !== null ? answer : judgeOwner(answer);
  };
}

function admitted(mayEnter: Admission, answer: Principal | IdentityRefusal): Principal | IdentityRefusal {
  return isRefusal(answer) ? answer : (mayEnter(answer) ?? answer);
}

/**
 * The verifier for an issuer, or for tokens that name none (undefined): undefined for an unknown one, null for one that two
 * claim.
 */
type Verifiers = (issuer: string | undefined) => VerifyToken | null | undefined;

function createVerifiers(options: IdentityOptions, register: TenantRegister): Verifiers {
  const { config, clock, privateIssuers = [], unfit, fetch, clientSecret } = options;
  const named = namedIssuers({ identity: config, tenants: { private_issuers: privateIssuers } });
  const parts = {
    clock,
    fetch: createDocumentFetch(fetch ?? createPublicFetch(named)),
    fetchPublic: createDocumentFetch(fetch ?? createPublicFetch([])),
    timing: timingOf(options),
    unfit: unfit && seldom(unfit, clock),
  };
  const own = new Map(config.issuers.map((issuer) => [issuer.issuer, createIssuer(issuer, parts)]));
  const ofTenants = createTenantIssuers(register, own, parts);
  const asked = config.issuers.find(({ introspection }) => introspection !== undefined);
  const introspect = asked && introspectionOf(asked, { ...parts, clientSecret });
  const opaque = asked && introspect && createOpaqueIssuer(asked, parts, introspect);
  return function verifierOf(issuer) {
    const name = issuer ?? asked?.issuer;
    if (name === undefined) return undefined;
    const found = ofTenants(name);
    if (found !== undefined) return found;
    return issuer === undefined ? opaque : own.get(issuer);
  };
}

function timingOf({ config: { clock_skew: skew }, timing }: IdentityOptions): IssuerTiming {
  const skewed = skew === undefined ? {} : { earlyMs: skew, lateMs: skew };
  return { ...timingDefaults, ...skewed, ...timing };
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

const noToken = 'The Authorization header has neither the scheme Bearer nor DPoP with a token.';
const noProofHere =
  'Tokens that are bound to a key (DPoP) are taken at /mcp alone: show a bearer token here, one that the issuer did not bind.';

/** What `Bearer <token>` (RFC 6750 section 2.1) or `DPoP <token>` (RFC 9449 section 7.1) says; null for anything else. */
function credentialsOf(header: string): { readonly isBearer: boolean; readonly token: string } | null {
  if (header.length > MAX_HEADER) return null;
  const [, scheme, token] = /^(bearer|dpop) +([A-Za-z0-9._~+/-]+=*)$/i.exec(header) ?? [];
  return scheme === undefined || token === undefined ? null : { isBearer: scheme.toLowerCase() === 'bearer', token };
}

function verifyByIssuer(verifierOf: Verifiers, token: string, shown: Shown): Promise<Principal | IdentityRefusal> {
  const issuer = issuerOf(token);
  const verify = verifierOf(issuer);
  if (verify === null) return Promise.resolve(invalidToken('The issuer of the token is claimed by two tenants.'));
  const unknown = issuer === undefined ? 'This token is not known.' : 'The issuer of the token is not known.';
  return verify?.(token, shown) ?? Promise.resolve(invalidToken(unknown));
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
