/** Thrown where an issuer can't be asked; the cause says why. Whether the token is good is not known. */
export class IssuerUnavailable extends Error {
  readonly code = 'issuer_unavailable';
}
