import {
  type IdentityRefusal,
  isTenantId,
  type IssuerConfig,
  type JsonObject,
  type JsonValue,
  personName,
  type Principal,
  type Subject,
  tenantIdRule,
} from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { insufficientScope, invalidToken } from './identity-refusals.ts';

const MAX_ID = 256;
const MAX_ROLES = 256;
/** Each more has had a token exchanged for one of its own. */
const MAX_ACTORS = 8;
const MAX_ISSUER = 2_048;
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

  const actors = actorsOf(claims['act'], config.issuer);
  if (actors === null)
    return invalidToken(
      `The actor of the token is none: \`act\` has a \`sub\`, may have an \`iss\`, and is nested ${MAX_ACTORS} deep at most.`,
    );
  const subject = Object.freeze({
    ...{ id, issuer: config.issuer, roles: Object.freeze(roles) },
    ...granted(scopes),
    ...acting(actors),
  });
  return Object.freeze({
    tenant,
    subject,
    client: clientOf(claims),
    expiresAt: expiryOf(claims),
  });
}

function acting(actors: readonly string[]): Pick<Subject, 'actors'> {
  return actors.length === 0 ? {} : { actors: Object.freeze([...actors]) };
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

/**
 * Who acts, outermost first (RFC 8693 section 4.1). An actor without an issuer is one of the token's. Null for what is no actor, or more
 * of them than anybody needs.
 */
function actorsOf(act: JsonValue | undefined, issuer: string): string[] | null {
  const actors: string[] = [];
  for (let next = act; next !== undefined && next !== null; next = next['act']) {
    if (!isObject(next) || actors.length === MAX_ACTORS) return null;
    const { sub, iss = issuer } = next;
    if (!isId(sub) || !isIssuer(iss)) return null;
    actors.push(personName({ issuer: iss, id: sub }));
  }
  return actors;
}

/** No name of an issuer has the character that parts it from an id. */
function isIssuer(value: JsonValue): value is string {
  return (
    typeof value === 'string' && value.length <= MAX_ISSUER && /^https?:\/\/[^\s|]+$/.test(value) && isPlain(value)
  );
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
  return isPlain(value);
}

function isPlain(value: string): boolean {
  return value.isWellFormed() && !/\p{Cc}/u.test(value);
}

/** A list of names: an array, or one string parted by spaces; nothing is the empty list. Null for anything else. */
function wordsOf(value: JsonValue | undefined): string[] | null {
  if (value === undefined || value === null) return [];
  const words = typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : value;
  if (!Array.isArray(words) || words.length > MAX_ROLES || !words.every(isId)) return null;
  return words;
}
