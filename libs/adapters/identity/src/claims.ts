import {
  type IdentityRefusal,
  isTenantId,
  type IssuerConfig,
  type JsonObject,
  type JsonValue,
  type Principal,
  type Subject,
  tenantIdRule,
} from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { insufficientScope, invalidToken } from './identity-refusals.ts';

const MAX_ID = 256;
const MAX_ROLES = 256;
/** Characters of all scopes together: they go with each call. */
const MAX_SCOPES = 8_192;

/**
 * Reads a principal from the claims of a verified token, as the issuer's configuration says.
 *
 * @param claims the verified payload
 * @returns the principal, or the refusal that names the claim at fault
 */
export function principalFrom(claims: JsonObject, config: IssuerConfig): Principal | IdentityRefusal {
  const tenant = 'fixed' in config.tenant ? config.tenant.fixed : claimAt(claims, config.tenant.claim);
  if (tenant === undefined) return invalidToken('The token names no tenant.');
  if (!isTenantId(tenant)) return invalidToken(`The token’s tenant is none: an id has ${tenantIdRule}.`);
  const id = claimAt(claims, config.subject.claim);
  if (!isId(id)) return invalidToken('The token names no subject.');
  const roles = wordsOf(claimAt(claims, config.roles.claim));
  if (roles === null) return invalidToken('The roles of the token are not a list of names.');
  const scopes = scopesOf(claims);
  if (!Array.isArray(scopes)) return scopes;
  if (config.scope !== undefined && !scopes.includes(config.scope)) return insufficientScope(config.scope);

  const subject = Object.freeze({ id, issuer: config.issuer, roles: Object.freeze(roles), ...granted(scopes) });
  return Object.freeze({
    tenant,
    subject,
    client: clientOf(claims),
    expiresAt: expiryOf(claims),
  });
}

/** The scopes of a subject, who has none where nothing says so. */
export function granted(scopes: readonly string[]): Pick<Subject, 'scopes'> {
  return scopes.length === 0 ? {} : { scopes: Object.freeze([...scopes]) };
}

function scopesOf({ scope, scp }: JsonObject): string[] | IdentityRefusal {
  const scopes = wordsOf(scope ?? scp);
  if (scopes === null) return invalidToken('The scopes of the token are not a list of names.');
  if (scopes.join(' ').length <= MAX_SCOPES) return scopes;
  return invalidToken(`The scopes of the token have more than ${MAX_SCOPES} characters: ask for fewer.`);
}

/** The program that the token was issued to (RFC 9068 section 2.2, OpenID Connect Core section 2). */
function clientOf(claims: JsonObject): string | null {
  const client = claims['client_id'] ?? claims['azp'];
  return isId(client) ? client : null;
}

function expiryOf({ exp }: JsonObject): number | null {
  return typeof exp === 'number' ? exp * 1000 : null;
}

/**
 * The claim of a name: the member of exactly that name (names may be URLs with dots in them), else a dotted path
 * into nested objects, such as `realm_access.roles`.
 */
function claimAt(claims: JsonObject, name: string): JsonValue | undefined {
  if (Object.hasOwn(claims, name)) return claims[name];
  let found: JsonValue | undefined = claims;
  for (const key of name.split('.')) {
    if (!isObject(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}

/** Says whether a value can be an id: a string of 1 to 256 characters without control characters or lone surrogates. */
export function isId(value: unknown): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_ID) return false;
  return value.isWellFormed() && !/\p{Cc}/u.test(value);
}

/** A list of names: an array, or one string parted by spaces; nothing is the empty list. Null for anything else. */
function wordsOf(value: JsonValue | undefined): string[] | null {
  if (value === undefined || value === null) return [];
  const words = typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : value;
  if (!Array.isArray(words) || words.length > MAX_ROLES || !words.every(isId)) return null;
  return words;
}
