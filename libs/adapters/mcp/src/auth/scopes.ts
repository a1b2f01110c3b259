import type { Target } from './discover.ts';

/** The scope under which an authorization server gives refresh tokens. */
export const OFFLINE = 'offline_access';
/** A server could ask for ever more. */
export const MOST_SCOPES = 64;

/**
 * The scopes to ask for: those that the server’s challenges named, else those that it says it supports, else those that the operator
 * names; none where nobody names any.
 *
 * @param allowed those that the operator lets us ask for; undefined for no bound
 */
export function scopesFor(
  { supported }: Pick<Target, 'supported'>,
  named: readonly string[],
  allowed: readonly string[] | undefined,
): readonly string[] {
  const [asked, possible] = [allowedOf(named, allowed), allowedOf(supported, allowed)];
  if (asked.length > 0) return asked;
  return possible.length > 0 ? possible : (allowed ?? []);
}

/** Those of some scopes that the operator lets us ask for. */
export function allowedOf(scopes: readonly string[], allowed: readonly string[] | undefined): readonly string[] {
  return allowed === undefined ? scopes : scopes.filter((scope) => allowed.includes(scope));
}

/**
 * The same, for a user’s consent that shall outlive an access token: with `offline_access` exactly where the authorization server has
 * it. Nothing is added to no scopes, which are the server’s own choice.
 */
export function offlineScopes(
  scopes: readonly string[],
  { server }: Pick<Target, 'server'>,
  allowed: readonly string[] | undefined,
): readonly string[] {
  const others = scopes.filter((scope) => scope !== OFFLINE);
  const isThere = server.scopes_supported?.includes(OFFLINE) === true;
  const more = isThere && others.length > 0 ? allowedOf([OFFLINE], allowed) : [];
  return [...others, ...more];
}
