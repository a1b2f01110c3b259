import { createHash, timingSafeEqual } from 'node:crypto';
import { isTenantId, type Principal } from '@sallyport/contracts';
import { granted, isId } from './claims.ts';

/** A user with a fixed token, for trying things out on one machine. */
export interface DevelopmentUser {
  readonly token: string;
  readonly tenant: string;
  readonly subject: string;
  readonly roles?: readonly string[];
  readonly scopes?: readonly string[];
}

/** Thrown when development users can't be served: not a loopback address, or a user that is not well-formed. */
export class DevelopmentUsersError extends Error {
  readonly code = 'development_users';
}

/**
 * Finds users by token. Every user is compared, each in constant time, so that timing tells nothing of the tokens.
 *
 * @throws DevelopmentUsersError for a user without a proper token, tenant or subject, and for a token used twice
 */
export function createDevelopmentUsers(users: readonly DevelopmentUser[]): (token: string) => Principal | null {
  const known = users.map((user, index) => ({ digest: digestOf(user.token), principal: principalOf(user, index) }));
  if (new Set(users.map(({ token }) => token)).size < users.length) {
    throw new DevelopmentUsersError('Two development users have the same token.');
  }

  return function userOf(token) {
    const digest = digestOf(token);
    let found: Principal | null = null;
    for (const user of known) if (timingSafeEqual(digest, user.digest)) found = user.principal;
    return found;
  };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function principalOf({ token, tenant, subject, roles = [], scopes = [] }: DevelopmentUser, index: number): Principal {
  const well =
    /^[\x21-\x7e]{1,512}$/.test(token) && isTenantId(tenant) && isId(subject) && [...roles, ...scopes].every(isId);
  if (!well) throw new DevelopmentUsersError(`Development user ${index + 1} needs a token, a tenant and a subject.`);
  return Object.freeze({
    tenant,
    subject: Object.freeze({
      id: subject,
      issuer: 'development',
      roles: Object.freeze([...roles]),
      ...granted(scopes),
    }),
    client: null,
    expiresAt: null,
  });
}
