import type { IssuerConfig, TenantIssuer } from './config/identity.config.ts';

/** On whose behalf a call is made: a person or a service, as a verified token says. */
export interface Subject {
  /** Unique within the issuer. */
  readonly id: string;
  /** The issuer's URL, or `development` for development users. */
  readonly issuer: string;
  readonly roles: readonly string[];
  /** What the token may be used for, as its issuer says: 8,192 characters at most. Absent where it says nothing. */
  readonly scopes?: readonly string[];
  /**
   * Who acts for them, as the token says (RFC 8693, `act`): `<issuer>|<id>` of each, who acts now first, then on whose behalf; 8 at most.
   * Absent where nobody does.
   */
  readonly actors?: readonly string[];
  /** Objects whose owner has this id are not theirs: the owners' ids are those of another issuer of the tenant. */
  readonly qualified?: boolean;
}

/**
 * The operator's token: anyone who may read it may use it, so it is nobody in particular. It administers, and its yes is
 * no person's. An issuer is a URL or `development`, so no token of an issuer can be taken for it.
 */
export const operatorSubject: Subject = { id: 'operator', issuer: 'local', roles: ['admin'] };

/** Says whether a subject is the holder of the operator's token. */
export function isOperator({ issuer }: Pick<Subject, 'issuer'>): boolean {
  return issuer === operatorSubject.issuer;
}

/** The name under which policies know a client. It may call itself what it likes, so a name that no token vouches for must never look like one that a token does. */
export function agentName({ id, verified }: Agent): string {
  return verified ? id : `unverified:${id}`;
}

/** The name under which the directory knows a person: `<issuer>|<id>`. An issuer is a URL and has no `|`. */
export function personName({ issuer, id }: Pick<Subject, 'issuer' | 'id'>): string {
  return `${issuer}|${id}`;
}

/** The id under which policies know a subject: its own, or with the issuer in front where that alone is not theirs. */
export function principalId(subject: Subject): string {
  return subject.qualified === true ? personName(subject) : subject.id;
}

/** The name under which the directory knows all people whose ids read the same, whatever their issuer. No issuer is `*`. */
export function likenessName(likeness: string): string {
  return `*|${likeness}`;
}

/** The subject id within a person's name of that issuer; null for a name of another form. */
export function subjectIn(name: string, issuer: string): string | null {
  return name.startsWith(`${issuer}|`) ? name.slice(issuer.length + 1) : null;
}

/** The MCP client program that acts. Its name is self-reported unless `verified`. */
export interface Agent {
  readonly id: string;
  /** True when the id comes from the token (`client_id`, `azp`), false when the client merely says so. */
  readonly verified: boolean;
}

/** What authentication yields. Tenant comes from the verified token alone (design rule 5). */
export interface Principal {
  readonly tenant: string;
  readonly subject: Subject;
  /** The token's client, where it names one. */
  readonly client: string | null;
  /** Milliseconds since the epoch after which the token counts no more; null for development users. */
  readonly expiresAt: number | null;
  /** The URL of the one endpoint that the token is for; absent where it opens all. */
  readonly resource?: string;
}

/** Why a request carries no usable identity; the HTTP edge turns it into 401 or 403. */
export interface IdentityRefusal {
  /** 503 where it could not be found out: nothing is wrong with the token as far as is known. */
  readonly status: 401 | 403 | 503;
  readonly error:
    | 'missing_token'
    | 'invalid_token'
    | 'invalid_dpop_proof'
    | 'use_dpop_nonce'
    | 'insufficient_scope'
    | 'tenant_unknown'
    | 'temporarily_unavailable';
  /** One sentence for the client; never names keys or internals. */
  readonly description: string;
  readonly scope?: string;
}

/** Algorithms that proofs of possession may be signed with: asymmetric ones alone (RFC 9449 section 4.3). */
export const proofAlgorithms = ['ES256', 'ES384', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const;

/** The request that a token is shown with: its proof of possession must be for this very one. */
export interface ShownRequest {
  readonly method: string;
  /** The endpoint's URL as clients know it. */
  readonly url: string;
  /** The header `DPoP`. */
  readonly proof: string | readonly string[] | undefined;
  /** The tenant whose endpoint it is, null for one of all: it says whom to ask about a token that names no issuer, and no more. */
  readonly tenant: string | null;
}

/** Turns a token into a principal. Never throws: a failure of any kind is a refusal. */
export interface Identity {
  /**
   * @param resource the URL of the endpoint where it is asked, where that is one of several below an issuer's `audience`: a
   *   token for it alone is accepted there, and nowhere else
   * @param request needed for tokens that are bound to a key (`DPoP`, RFC 9449): without it they are refused
   */
  authenticate(
    authorization: string | undefined,
    resource?: string,
    request?: ShownRequest,
  ): Promise<Principal | IdentityRefusal>;
  /** What the next proof of a client has to hold (`DPoP-Nonce`, RFC 9449 section 9); null where it needs none. */
  nonce?(): string | null;
}

/** Which tenants were onboarded and which issuers are theirs, as of now. Answers from memory. */
export interface TenantRegister {
  /** Another one whenever an answer may have changed: what was remembered under an earlier one counts no more. */
  readonly version: number;
  has(tenant: string): boolean;
  /** The tenant's own issuers: where it has some, none may speak for it that takes the tenant from a claim. */
  issuersOf(tenant: string): readonly TenantIssuer[];
  /** The tenant that an issuer belongs to; undefined for an issuer of none. The same object until it changes. */
  ownerOf(issuer: string): { readonly tenant: string; readonly config: TenantIssuer } | undefined;
}

/**
 * The issuers that may speak for a tenant: its own, those that the operator binds to it, and those that take the tenant from
 * a claim, but only where it has none of its own.
 */
export function issuersFor(
  tenant: string,
  issuers: readonly IssuerConfig[],
  register: Pick<TenantRegister, 'issuersOf'>,
): readonly TenantIssuer[] {
  const own = register.issuersOf(tenant);
  return [...own, ...issuers.filter(({ tenant: of }) => ('fixed' in of ? of.fixed === tenant : own.length === 0))];
}
