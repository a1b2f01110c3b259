import type { IdentityRefusal } from '@sallyport/contracts';

/** Refuses a request that carries no bearer token (RFC 6750 section 3.1: no error code in the challenge). */
export const missingToken: IdentityRefusal = {
  status: 401,
  error: 'missing_token',
  description: 'A bearer token is needed.',
};

/** Refuses a token. The description is for the client: which check failed, never a key or a value. */
export function invalidToken(description: string): IdentityRefusal {
  return { status: 401, error: 'invalid_token', description };
}

/** Refuses a proof of possession (RFC 9449 section 12.2). */
export function invalidProof(description: string): IdentityRefusal {
  return { status: 401, error: 'invalid_dpop_proof', description };
}

/** Refuses a good proof without a nonce of ours; the answer has one (RFC 9449 section 9). */
export const nonceNeeded: IdentityRefusal = {
  status: 401,
  error: 'use_dpop_nonce',
  description: 'The DPoP proof needs the nonce of the header DPoP-Nonce: make another with it.',
};

/** Refuses for now: the proof may be good, and must not count twice. */
export const proofNotJudged: IdentityRefusal = {
  status: 503,
  error: 'temporarily_unavailable',
  description: 'Whether the DPoP proof was used before can’t be found out now: try again later with a new one.',
};

/** Refuses for now: with a 401 clients would throw good tokens away and sign in again, in vain. */
export const cantBeChecked: IdentityRefusal = {
  status: 503,
  error: 'temporarily_unavailable',
  description: 'The token can’t be checked now, since its issuer gives no answer: try again later.',
};

/** Refuses a good token that lacks a scope; the client may ask its issuer for more. */
export function insufficientScope(scope: string): IdentityRefusal {
  return { status: 403, error: 'insufficient_scope', description: 'The token lacks a scope.', scope };
}

/** Tells a refusal from what was asked for. */
export function isRefusal(answer: object): answer is IdentityRefusal {
  return 'error' in answer;
}

/** Refuses a good token of a tenant that was not onboarded. */
export const tenantUnknown: IdentityRefusal = {
  status: 403,
  error: 'tenant_unknown',
  description: 'The tenant of the token is not onboarded here.',
};
