import { randomBytes } from 'node:crypto';
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
  type UsedIds,
} from '@sallyport/contracts';
import { thrownText } from '@sallyport/base';
import { type Admission, createAdmission } from './principal-admission.ts';
import { createDocumentFetch } from './document-fetch.ts';
import { createDevelopmentUsers, type DevelopmentUser, DevelopmentUsersError } from './development-users.ts';
import { type Proof, readProof, useProof } from './dpop.ts';
import { createNonces, type Nonces } from './nonces.ts';
import {
  createIssuer,
  createOpaqueIssuer,
  type IssuerParts,
  type IssuerTiming,
  type Shown,
  type VerifyToken,
} from './issuer.ts';
import { developmentRefused } from './loopback.ts';
import { createOwnership } from './ownership.ts';
import { createPublicFetch } from './public-fetch.ts';
import { invalidToken, isRefusal, missingToken, nonceNeeded, proofNotJudged } from './identity-refusals.ts';
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
  /** Whose tokens are accepted, and how issuers of tenants are reached. */
  readonly tenants?: Partial<Config['tenants']>;
  readonly clock: Clock;
  /** What we show issuers that have `introspection`, by their URLs. Tokens that are no JWTs of any other are refused. */
  readonly clientSecrets?: ReadonlyMap<string, string>;
  /** The proofs that were used. Without it tokens that are bound to a key are refused. */
  readonly usedIds?: UsedIds;
  /** Where the configuration asks for nonces in proofs: those of all gateways, else of this one alone. */
  readonly nonces?: Nonces;
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
  const { clock, register = noTenants, clientSecrets = new Map() } = options;
  const principalOf = createTokenCheck(options, register);
  const { nonces: ours = createNonces(randomBytes(32), clock) } = options;
  const nonces = options.config.dpop_nonces ? ours : null;
  const use = createProofUse(options);
  let cache = createTokenCache(clock);
  let cachedUnder = register.version;

  async function verifyBearer(header: string, token: string, shown: Shown): Promise<Principal | IdentityRefusal> {
    const under = register.version;
    const answer = await principalOf(token, shown);
    // What an issuer says of a token that is no JWT is kept where it is asked, and for a shorter time.
    const isKeptElsewhere = clientSecrets.size > 0 && issuerOf(token) === undefined;
    // What was found under an earlier register is not kept: it may be true no more.
    return isRefusal(answer) || isKeptElsewhere || under !== cachedUnder ? answer : cache.put(header, answer);
  }

  async function verifyBound(token: string, shown: Shown, request?: ShownRequest): ReturnType<VerifyToken> {
    if (request === undefined) return invalidToken(noProofHere);
    const proof = await readProof(request, token, clock);
    if (isRefusal(proof)) return proof;
    if (nonces !== null && !nonces.isGood(proof.nonce)) return nonceNeeded;
    const answer = await principalOf(token, { ...shown, key: proof.key });
    // Used last: only who has a good token can fill the memory.
    return isRefusal(answer) ? answer : ((await use(proof, answer)) ?? answer);
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
      const cached = cache.get(authorization, resource);
      return cached ?? verify(authorization, { resource, tenant: request?.tenant ?? null }, request);
    },
    nonce: () => nonces?.next() ?? null,
  };
}

/** Uses proofs; says why one can't be used. */
function createProofUse(options: IdentityOptions): (proof: Proof, of: Principal) => Promise<IdentityRefusal | null> {
  const { clock, usedIds, unfit } = options;
  const { earlyMs } = timingOf(options);
  const tell = unfit && seldom(unfit, clock);
  return async function use(proof, { tenant, subject: { issuer } }) {
    try {
      if (usedIds === undefined) return proofNotJudged;
      return await useProof(proof, usedIds, { tenant, now: clock.now(), earlyMs });
    } catch (error) {
      tell?.(issuer, `whether a DPoP proof was used before can’t be found out: ${thrownText(error)}`);
      return proofNotJudged;
    }
  };
}

/** Says whose a token is: a development user’s, or one of any issuer. */
function createTokenCheck(options: IdentityOptions, register: TenantRegister): VerifyToken {
  const { config, listen, users = [], tenants: { admit = 'any' } = {} } = options;
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
 * The verifier for an issuer, or for tokens that name none (undefined): undefined for an unknown one, null where two claim
 * it.
 */
type Verifiers = (issuer: string | undefined, shown: Shown) => VerifyToken | null | undefined;

function createVerifiers(options: IdentityOptions, register: TenantRegister): Verifiers {
  const { config, tenants: { introspection = [] } = {} } = options;
  const parts = issuerParts(options);
  const own = new Map(config.issuers.map((issuer) => [issuer.issuer, createIssuer(issuer, parts)]));
  const ofTenants = createTenantIssuers(register, { configured: own, introspection }, parts);
  const asked = config.issuers.find((issuer) => issuer.introspection !== undefined);
  const opaque = asked?.introspection && createOpaqueIssuer(asked, asked.introspection, parts);

  function opaqueFor(tenant: string | null): VerifyToken | null | undefined {
    const found = tenant === null ? undefined : ofTenants.opaqueFor(tenant);
    if (found !== undefined || asked === undefined) return found;
    return ofTenants.verifierOf(asked.issuer) === null ? null : opaque;
  }

  return function verifierOf(issuer, { tenant }) {
    if (issuer === undefined) return opaqueFor(tenant);
    const found = ofTenants.verifierOf(issuer);
    return found === undefined ? own.get(issuer) : found;
  };
}

function issuerParts(options: IdentityOptions): IssuerParts {
  const { config, clock, unfit, fetch, clientSecrets = new Map() } = options;
  const { private_issuers = [], introspection = [] } = options.tenants ?? {};
  const named = namedIssuers({ identity: config, tenants: { private_issuers, introspection } });
  return {
    clock,
    fetch: createDocumentFetch(fetch ?? createPublicFetch(named)),
    fetchPublic: createDocumentFetch(fetch ?? createPublicFetch([])),
    timing: timingOf(options),
    unfit: unfit && seldom(unfit, clock),
    clientSecrets,
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

const twoClaim = 'The issuer of the token is claimed by two tenants.';
const twoAsked =
  'The token names no issuer, and two can be asked about it: the operator leaves one of them in tenants.introspection.';

/** What `Bearer <token>` (RFC 6750 section 2.1) or `DPoP <token>` (RFC 9449 section 7.1) says; null for anything else. */
function credentialsOf(header: string): { readonly isBearer: boolean; readonly token: string } | null {
  if (header.length > MAX_HEADER) return null;
  const [, scheme, token] = /^(bearer|dpop) +([A-Za-z0-9._~+/-]+=*)$/i.exec(header) ?? [];
  return scheme === undefined || token === undefined ? null : { isBearer: scheme.toLowerCase() === 'bearer', token };
}

function verifyByIssuer(verifierOf: Verifiers, token: string, shown: Shown): Promise<Principal | IdentityRefusal> {
  const issuer = issuerOf(token);
  const verify = verifierOf(issuer, shown);
  if (verify === null) return Promise.resolve(invalidToken(issuer === undefined ? twoAsked : twoClaim));
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
