import { createHash } from 'node:crypto';
import {
  calculateJwkThumbprint,
  decodeProtectedHeader,
  EmbeddedJWK,
  errors,
  type JWK,
  jwtVerify,
  type JWTPayload,
} from 'jose';
import { isObject } from '@sallyport/base';
import {
  type Clock,
  type IdentityRefusal,
  proofAlgorithms,
  type ShownRequest,
  type UsedIds,
} from '@sallyport/contracts';
import { invalidProof } from './identity-refusals.ts';

/** A proof that was made for a request and a token, signed with the key that it shows. See `useProof` for its age. */
export interface Proof {
  /** The thumbprint (RFC 7638) of the key that signed it. */
  readonly key: string;
  readonly jti: string;
  /** As the client claims it. */
  readonly nonce: unknown;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
/** Characters of base64url: 4096 bits, and an exponent up to 65537. Anybody can show a key, and larger ones take us long. */
const MAX_MODULUS = 683;
const MAX_EXPONENT = 4;

/**
 * Reads the proof of possession of a request (RFC 9449 section 4.3): its form, its signature by the key that it shows,
 * the method and the URL that it is for, and the hash of the token that it goes with. Never rejects.
 */
export async function readProof(
  request: ShownRequest,
  token: string,
  clock: Pick<Clock, 'now'>,
): Promise<Proof | IdentityRefusal> {
  const { proof } = request;
  if (typeof proof !== 'string' || !/^[^\s,]+$/.test(proof)) return invalidProof(sentences.count);
  try {
    const { jwk } = decodeProtectedHeader(proof);
    const fault = keyFault(jwk);
    if (fault !== null) return invalidProof(fault);
    const { payload } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: [...proofAlgorithms],
      typ: 'dpop+jwt',
      currentDate: new Date(clock.now()),
    });
    const misfit = claimFault(payload, request, token);
    if (misfit !== null) return invalidProof(misfit);
    const { jti, iat, nonce } = payload;
    if (typeof jti !== 'string' || jti === '' || typeof iat !== 'number') return invalidProof(sentences.claims);
    return { key: await calculateJwkThumbprint(jwk as JWK), jti, nonce, madeAt: iat * 1000 };
  } catch (error) {
    return invalidProof(describe(error));
  }
}

function keyFault(jwk: unknown): string | null {
  if (!isObject(jwk)) return sentences.form;
  if (privateMembers.some((member) => Object.hasOwn(jwk, member))) return sentences.private;
  const { n = '', e = '' } = jwk;
  return String(n).length > MAX_MODULUS || String(e).length > MAX_EXPONENT ? sentences.large : null;
}

function claimFault({ htm, htu, ath }: JWTPayload, { method, url }: ShownRequest, token: string): string | null {
  if (htm !== method) return sentences.method;
  const target = bareUrl(htu);
  if (target === null || target !== bareUrl(url))
    return `The DPoP proof is not for ${url} (htu): make it for that URL. The operator sets it in public_url.`;
  return ath === sha256(token) ? null : sentences.token;
}

/** A URL in its normal form, without query and fragment; null for what is none. */
function bareUrl(text: unknown): string | null {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (url === null) return null;
  url.search = '';
  url.hash = '';
  return url.href;
}

/** How long a proof counts. It is made for one request, so this is the time to send that. */
const LIFETIME_MS = 60_000;
const MAX_EARLY_MS = 60_000;

export interface ProofUse {
  /** The tenant of the token that the proof was shown with. */
  readonly tenant: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** How far the client's clock may be ahead of ours, a minute at most. */
  readonly earlyMs: number;
}

/**
 * Uses a proof. It is remembered for as long as it could be used again.
 *
 * @returns why it can't be used; null where it was fresh
 * @throws CountersUnavailable where whether it was used can't be found out
 */
export async function useProof(
  { key, jti, madeAt }: Proof,
  usedIds: UsedIds,
  { tenant, now, earlyMs }: ProofUse,
): Promise<IdentityRefusal | null> {
  if (now >= madeAt + LIFETIME_MS) return invalidProof(sentences.old);
  if (madeAt > now + Math.min(earlyMs, MAX_EARLY_MS)) return invalidProof(sentences.early);
  const isFirst = await usedIds.use(tenant, sha256(`${key} ${jti}`), MAX_EARLY_MS + LIFETIME_MS);
  return isFirst ? null : invalidProof(sentences.used);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

const sentences = {
  count: 'With the scheme DPoP a request carries exactly one proof, in the header DPoP (RFC 9449).',
  form: 'The DPoP proof is no signed JWT that shows its public key (jwk).',
  private: 'The DPoP proof shows a private key: its jwk may have public members alone.',
  large: 'The key of the DPoP proof is too large: one of RSA has 4096 bits and the exponent 65537 at most.',
  algorithm: `The algorithm of the DPoP proof is not accepted: sign with one of ${proofAlgorithms.join(', ')}.`,
  signature: 'The signature of the DPoP proof is not by the key that it shows (jwk).',
  claims: 'The DPoP proof needs the type (typ) dpop+jwt, a jti and an iat.',
  method: 'The DPoP proof is for another method (htm): make one for each request.',
  token: 'The DPoP proof is not for this token: its ath is the SHA-256 of the token, in base64url.',
  old: `The DPoP proof is older than ${LIFETIME_MS / 1000} seconds (iat): make one for each request, and set the clock right.`,
  early: 'The DPoP proof is of the future (iat): clocks differ by more than identity.clock_skew.',
  used: 'The DPoP proof was used before (jti): make one for each request.',
};

function describe(error: unknown): string {
  if (error instanceof errors.JOSEAlgNotAllowed) return sentences.algorithm;
  if (error instanceof errors.JWSSignatureVerificationFailed) return sentences.signature;
  if (error instanceof errors.JWTExpired) return sentences.old;
  return error instanceof errors.JWTClaimValidationFailed ? sentences.claims : sentences.form;
}
