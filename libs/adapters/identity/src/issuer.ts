import {
  errors,
  type JWTClaimVerificationOptions,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyResult,
  UnsecuredJWT,
} from 'jose';
import type {
  Clock,
  IdentityRefusal,
  IntrospectionConfig,
  IssuerConfig,
  JsonObject,
  Principal,
} from '@sallyport/contracts';
import { isObject, thrownText } from '@sallyport/base';
import { principalFrom } from './claims.ts';
import { createDiscovery } from './discovery.ts';
import { cantBeChecked, invalidToken, isRefusal } from './identity-refusals.ts';
import { createIntrospection, type IntrospectionParts, type Introspect } from './introspection.ts';
import { keysOf } from './issuer-keys.ts';
import { IssuerUnavailable } from './issuer-unavailable.ts';

/** How a token is shown. */
export interface Shown {
  /** The one endpoint where it is shown, as `Identity` has it. */
  readonly resource: string | undefined;
  /** The tenant whose endpoint that is; null for an endpoint of all. */
  readonly tenant: string | null;
  /** The thumbprint of the key that the request proves to have; undefined for a bearer token. */
  readonly key?: string | undefined;
}

/** Verifies one issuer's tokens, as `Identity` does. Never rejects. */
export type VerifyToken = (token: string, shown: Shown) => Promise<Principal | IdentityRefusal>;

/** Milliseconds: how issuers are asked for their keys. */
export interface IssuerTiming {
  /** An issuer may take this long to answer. */
  readonly timeoutMs: number;
  /** Keys are read again after this long. */
  readonly keysForMs: number;
  /** An unknown key id makes us read the keys again, at most this often. */
  readonly cooldownMs: number;
  /** Discovery that failed is tried again after this long. */
  readonly retryMs: number;
  /** A token counts so long before its `nbf`: its issuer's clock may be ahead of ours. */
  readonly earlyMs: number;
  /** A token counts so long after its `exp`: its issuer's clock may be behind ours. */
  readonly lateMs: number;
}

export interface IssuerParts {
  readonly clock: Clock;
  /** Reaches what the operator names, and what is public. Both fetches bound what they read. */
  readonly fetch: typeof fetch;
  /** Reaches what is public alone. */
  readonly fetchPublic: typeof fetch;
  readonly timing: IssuerTiming;
  /** Told of a genuine token whose claims don't fit: the issuer, or its configuration, has to be changed. */
  readonly unfit?: ((issuer: string, why: string) => void) | undefined;
  /** What we show issuers that are asked about tokens, by their URLs. */
  readonly clientSecrets: ReadonlyMap<string, string>;
}

/**
 * Makes a verifier for the access tokens of one issuer: signature by a key of its JWKS and an algorithm of the
 * configuration alone (never the token's choice), issuer, audience, `exp` (required), `nbf`, kind of token, claims. A
 * token that is bound to a key (RFC 7800) needs that key: who stole it has not got it (RFC 9449 section 7.1).
 */
export function createIssuer(config: IssuerConfig, parts: IssuerParts): VerifyToken {
  const keys = keysOf(config, parts);
  // RFC 9864 gives EdDSA on curve 25519 the name Ed25519; tokens carry either.
  const algorithms = config.algorithms.flatMap((name) => (name === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [name]));

  return async function verify(token, shown) {
    try {
      const verified = await jwtVerify(token, keys, { algorithms, ...claimRules(shown, config, parts) });
      return principalOf(verified, shown, { config, parts });
    } catch (error) {
      return refusalFor(error, config, parts);
    }
  };
}

/**
 * Makes a verifier for the tokens of an issuer that say nothing by themselves: what the issuer says of one is judged as if it
 * stood in the token.
 */
export function createOpaqueIssuer(
  config: IssuerConfig,
  introspection: IntrospectionConfig,
  parts: IssuerParts,
): VerifyToken | undefined {
  const introspect = introspectionOf(config.issuer, introspection, parts);
  if (introspect === undefined) return undefined;
  return async function verify(token, shown) {
    try {
      const claims = await introspect(token).catch((error: unknown) => {
        throw new IssuerUnavailable('it could not be asked about a token (introspection)', { cause: error });
      });
      if (claims === null) return invalidToken(inactive);
      if (!isShownAs(claims)) return invalidToken(noAccessToken);
      // Nobody has to sign what comes from the issuer itself.
      const stated = new UnsecuredJWT(claims).encode();
      const { payload } = UnsecuredJWT.decode(stated, claimRules(shown, config, parts));
      return principalOf({ payload, protectedHeader: {} }, shown, { config, parts });
    } catch (error) {
      return refusalFor(error, config, parts);
    }
  };
}

/** What must be claimed for a token, by itself or by its issuer. */
function claimRules(
  { resource }: Shown,
  config: IssuerConfig,
  { clock, timing }: IssuerParts,
): JWTClaimVerificationOptions {
  return {
    issuer: config.issuer,
    audience: audiencesAt(resource, config),
    requiredClaims: ['exp'],
    clockTolerance: Math.max(timing.earlyMs, timing.lateMs) / 1000,
    currentDate: new Date(clock.now()),
  };
}

type Verified = Pick<JWTVerifyResult, 'payload'> & { readonly protectedHeader: { readonly typ?: string } };

function principalOf(
  verified: Verified,
  { resource, key }: Shown,
  { config, parts }: { readonly config: IssuerConfig; readonly parts: IssuerParts },
): Principal | IdentityRefusal {
  const { payload } = verified;
  const { earlyMs, lateMs } = parts.timing;
  const { exp = 0, nbf = 0 } = payload;
  if (!Number.isSafeInteger(Math.floor(exp * 1000))) return invalidToken(endless);
  if (exp * 1000 + lateMs <= parts.clock.now()) return invalidToken(expired);
  if (nbf * 1000 - earlyMs > parts.clock.now()) return invalidToken(tooEarly);
  if (!isAccessToken(verified)) return invalidToken(noAccessToken);
  const misfit = bindingFault(payload['cnf'], key);
  if (misfit !== null) return invalidToken(misfit);
  const answer = principalFrom(payload as JsonObject, config);
  if (!isRefusal(answer)) return confined(answer, payload, { config, resource });
  parts.unfit?.(config.issuer, answer.description);
  return answer;
}

/** What stands below `/mcp`: an upstream, a tenant, or an upstream for a tenant. */
const BELOW = /^\/(?:t\/[^/]+(?:\/[^/]+)?|[^/]+)$/;

/**
 * What a token may be for: all of us, or the very endpoint where it is shown, if that stands below the audience (RFC 9728
 * section 3.3: each endpoint is a resource of its own).
 */
function audiencesAt(resource: string | undefined, { audience }: IssuerConfig): string[] {
  const isBelow = resource?.startsWith(audience) === true && BELOW.test(resource.slice(audience.length));
  return isBelow ? [audience, resource] : [audience];
}

/** The principal, who is of one endpoint alone where the token names that one and not all of us. */
function confined(
  principal: Principal,
  { aud = [] }: JWTPayload,
  { config, resource }: { readonly config: IssuerConfig; readonly resource: string | undefined },
): Principal {
  const isForAll = [aud].flat().includes(config.audience);
  return isForAll || resource === undefined ? principal : Object.freeze({ ...principal, resource });
}

/**
 * Where an issuer is asked about tokens.
 *
 * @returns undefined where we have no secret to show it
 */
function introspectionOf(
  issuer: string,
  introspection: IntrospectionConfig,
  { clock, fetch, fetchPublic, timing, clientSecrets }: IssuerParts,
): Introspect | undefined {
  const clientSecret = clientSecrets.get(issuer);
  if (clientSecret === undefined) return undefined;
  const { timeoutMs, retryMs } = timing;
  const configured = introspection.endpoint === undefined ? null : new URL(introspection.endpoint);
  const discovered = createDiscovery(issuer, 'introspection_endpoint', { fetch, clock, timeoutMs, retryMs });
  async function endpoint(): ReturnType<IntrospectionParts['endpoint']> {
    const url = configured ?? (await discovered());
    const isNamed = configured !== null || url.origin === new URL(issuer).origin;
    return { url, fetch: isNamed ? fetch : fetchPublic };
  }
  return createIntrospection({ issuer, clientId: introspection.client_id, clientSecret, endpoint, clock, timeoutMs });
}

/** Why a token may not be shown so: it is bound to what the request does not prove to have, or not bound at all. */
function bindingFault(cnf: unknown, key: string | undefined): string | null {
  if (key === undefined) return cnf === undefined ? null : bound;
  if (!isObject(cnf) || typeof cnf['jkt'] !== 'string' || Object.keys(cnf).length > 1) return notBound;
  return cnf['jkt'] === key ? null : otherKey;
}

/**
 * RFC 9068 says `at+jwt`; most issuers write `JWT` or nothing. ID tokens are told apart by what only they carry: the
 * hash of an access token or code, or a `token_use`. (Their audience is the client, so that the audience check stops
 * the others.)
 */
function isAccessToken({ protectedHeader, payload }: Verified): boolean {
  const typ = protectedHeader.typ?.toLowerCase().replace(/^application\//, '');
  if (typ !== undefined && typ !== 'jwt' && typ !== 'at+jwt') return false;
  if (payload['at_hash'] !== undefined || payload['c_hash'] !== undefined) return false;
  const { token_use: use } = payload;
  return use === undefined || use === 'access' || use === 'access_token';
}

/** Issuers know other tokens, too, such as refresh tokens: they say what type one has (RFC 7662 section 2.2), or for whom (`aud`). */
function isShownAs({ token_type: type, cnf }: JsonObject): boolean {
  const word = typeof type === 'string' ? type.toLowerCase() : type;
  return word === undefined || word === 'bearer' || (word === 'dpop' && cnf !== undefined);
}

const bound =
  'The token is bound to a key (cnf) and no bearer token: show it at /mcp with the scheme DPoP and a proof (RFC 9449), or have the issuer give this client one that is not bound.';
const notBound =
  'The token is not bound to a key of DPoP alone (cnf with nothing but jkt): have the issuer bind it so, or not at all and show it as a bearer token.';
const otherKey = 'The token is bound to another key (cnf.jkt) than the one that the DPoP proof is signed with.';
const inactive = 'The issuer says that the token is not active.';
const noAccessToken = 'This is not an access token.';
const expired = 'The token has expired.';
const endless = 'The token’s exp is no time.';
const tooEarly = 'The token is not valid yet: clocks differ by more than identity.clock_skew.';

const descriptions = new Map<string, string>([
  [errors.JWTExpired.code, expired],
  [errors.JOSEAlgNotAllowed.code, 'The algorithm of the token is not accepted.'],
  [errors.JWSSignatureVerificationFailed.code, 'The signature of the token is wrong.'],
  [errors.JWKSNoMatchingKey.code, 'The issuer has no such key.'],
  [
    errors.JWKSMultipleMatchingKeys.code,
    'The token does not say which key of its issuer it is signed with (kid), and several fit.',
  ],
  [errors.JWTInvalid.code, 'The token is not a JWT.'],
  [errors.JWSInvalid.code, 'The token is not a JWT.'],
]);

function refusalFor(error: unknown, { issuer }: IssuerConfig, { unfit }: IssuerParts): IdentityRefusal {
  if (!(error instanceof IssuerUnavailable)) return invalidToken(describe(error));
  unfit?.(issuer, `${error.message}: ${thrownText(error.cause)}`);
  return cantBeChecked;
}

function describe(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf') return tooEarly;
  if (error instanceof errors.JWTClaimValidationFailed) return `The token’s ${error.claim} is missing or not accepted.`;
  const known = error instanceof errors.JOSEError ? descriptions.get(error.code) : undefined;
  return known ?? 'The token is not accepted.';
}
