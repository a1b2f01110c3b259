import { thrownText } from '@sallyport/base';
import { AuthorizationResponseError, ResponseBodyError } from 'oauth4webapi';

/** Thrown where no access token for a server can be had. Its message is for the operator, and holds no credential. */
export class TokenUnavailable extends Error {
  readonly code = 'token_unavailable';
}

/** Why a token can't be had, in a sentence. It is long where the issuer says much, and may repeat our secrets. */
export function unavailable(issuer: string, error: unknown): string {
  if (error instanceof TokenUnavailable) return error.message;
  if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
    const { error: code, error_description: more } = error;
    return `${issuer} refuses a token: ${code}${more === undefined ? '' : ` (${more})`}`;
  }
  if (error instanceof DOMException) return `${issuer} or the server’s metadata gives no answer in time`;
  const { cause } = error instanceof Error ? error : {};
  const why = error instanceof TypeError && cause instanceof Error ? cause.message : thrownText(error);
  return `${issuer} gives no token: ${why}`;
}

/** A user has to sign in, for the first time or again. */
export class SignInNeeded extends TokenUnavailable {}

/** The tokens are for what the server called itself before. */
export class OtherResource extends Error {}

/** Why a refresh token is of no use any more; null where it may be, later. */
export function endOf(error: unknown): string | null {
  if (error instanceof OtherResource) return 'resource_changed';
  return error instanceof ResponseBodyError && error.error === 'invalid_grant' ? error.error : null;
}
