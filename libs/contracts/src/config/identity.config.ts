import { z } from 'zod';
import { tenantId } from '../tenant-id.ts';
import { duration, rate, scope, secret } from './scalars.config.ts';

const claim = z.strictObject({ claim: z.string().min(1) });

const issuerRules = {
  issuer: z.url().describe('The issuer’s URL; its discovery document and JWKS are read from there.'),
  audience: z
    .string()
    .min(1)
    .describe(
      'What the token’s `aud` must name: this endpoint. Where it is the URL of `/mcp`, a token for `/mcp/<upstream>` is accepted there alone.',
    ),
  jwks: z.url().optional().describe('The JWKS, where the issuer has no discovery document.'),
  algorithms: z
    .array(z.enum(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA']))
    .min(1)
    .default(['RS256', 'ES256', 'EdDSA'])
    .describe('Signature algorithms that are accepted; anything else is refused.'),
  subject: claim.default({ claim: 'sub' }).describe('The claim that names the person or service.'),
  roles: claim.default({ claim: 'roles' }).describe('The claim that lists the roles.'),
  scope: scope.optional().describe('A scope that every token must have.'),
  owns: z
    .boolean()
    .optional()
    .describe(
      'Whether objects whose owner has the id of one of its people are theirs. Where a tenant has several issuers, one that does not say it owns nothing; its only one does.',
    ),
};

/** How an issuer is asked about tokens that say nothing by themselves (RFC 7662). */
const introspectionRules = {
  client_id: z.string().min(1).describe('Who we are to the issuer.'),
  client_secret: secret.describe('Where our secret is, which is shown by HTTP Basic.'),
  endpoint: z
    .url()
    .optional()
    .describe('Where to ask, if not where its discovery document says (`introspection_endpoint`).'),
};
const introspection = z.strictObject(introspectionRules);
const secureEndpoint = 'it is sent tokens and our secret: https, or http at the host of the issuer';

/** How a person proves to our own pages who they are: they sign in at the issuer, as they do with their client. */
const signIn = z.strictObject({
  client_id: z
    .string()
    .min(1)
    .describe('Who we are to the issuer, with `<public_url>/sign-in/callback` as redirect URI.'),
  client_secret: secret.optional().describe('Where our secret is; a client without one proves itself by PKCE alone.'),
});

/** What an issuer says or is asked goes by https; by http only at the very host of one that was itself configured with http. */
export function mayFetch(url: URL, issuer: string): boolean {
  const { protocol, hostname } = new URL(issuer);
  return url.protocol === 'https:' || (url.protocol === protocol && url.hostname === hostname);
}

/** An OpenID Connect issuer whose tokens are accepted. */
export const issuer = z
  .strictObject({
    ...issuerRules,
    introspection: introspection
      .optional()
      .describe(
        'For an issuer whose tokens are no JWTs: it is asked about each, at most every 30 s (RFC 7662). One issuer can have it: such a token does not say whose it is.',
      ),
    sign_in: signIn
      .optional()
      .describe(
        'How people sign in to pages of Sallyport, where they connect upstreams (`auth.type: authorization_code`). Without it, people of this issuer can’t.',
      ),
    tenant: z
      .union([claim, z.strictObject({ fixed: tenantId })])
      .describe('Where the tenant comes from: a claim, or one tenant that all tokens of this issuer belong to.'),
  })
  .refine(({ issuer, introspection: asked }) => !asked?.endpoint || mayFetch(new URL(asked.endpoint), issuer), {
    message: secureEndpoint,
    path: ['introspection', 'endpoint'],
  });

/** An issuer of one onboarded tenant: whatever its tokens claim, they are of that tenant. */
export const tenantIssuer = z.strictObject(issuerRules);

/** What an onboarded tenant may use in all; the tenant itself can't raise it. */
export const tenantQuotas = z.strictObject({
  calls: rate.optional().describe('How many calls in how long, evenly spread.'),
  concurrent: z.int().positive().optional().describe('Calls in flight.'),
});

export const tenants = z.strictObject({
  admit: z
    .enum(['any', 'onboarded'])
    .default('any')
    .describe('Whose tokens are accepted: of any tenant that an issuer names, or of onboarded tenants alone.'),
  private_issuers: z
    .array(z.string().regex(/^https?:\/\/[^/?#@]+$/, 'scheme, host and port, such as https://login.corp.internal:8443'))
    .default([])
    .describe('Where onboarded tenants may have issuers at private addresses, or by http. All others must be public.'),
  introspection: z
    .array(
      z
        .strictObject({ issuer: z.url().describe('An issuer of an onboarded tenant.'), ...introspectionRules })
        .refine(({ issuer, endpoint }) => endpoint === undefined || mayFetch(new URL(endpoint), issuer), {
          message: secureEndpoint,
          path: ['endpoint'],
        }),
    )
    .refine((asked) => new Set(asked.map(({ issuer }) => issuer)).size === asked.length, 'an issuer stands here twice')
    .default([])
    .describe(
      'For issuers of onboarded tenants whose tokens are no JWTs: each is asked about those that are shown at the endpoints of its tenant, `/mcp/t/<tenant>`.',
    ),
});

/** The issuers, and places of keys, that the operator names: they may be at private addresses. */
export function namedIssuers(config: {
  readonly identity: { readonly issuers: readonly IssuerConfig[] };
  readonly tenants: Pick<z.output<typeof tenants>, 'private_issuers' | 'introspection'>;
}): readonly string[] {
  const own = config.identity.issuers.flatMap(({ issuer, jwks, introspection }) => [
    issuer,
    ...[jwks, introspection?.endpoint].filter((url) => url !== undefined),
  ]);
  const asked = config.tenants.introspection.flatMap(({ endpoint }) => endpoint ?? []);
  return [...own, ...asked, ...config.tenants.private_issuers];
}

export type IntrospectionConfig = z.output<typeof introspection>;
export type SignInConfig = z.output<typeof signIn>;
export type IssuerConfig = z.output<typeof issuer>;
export type TenantIssuer = z.output<typeof tenantIssuer>;
export type TenantIssuerInput = z.input<typeof tenantIssuer>;
export type TenantQuotas = z.output<typeof tenantQuotas>;
export type TenantQuotasInput = z.input<typeof tenantQuotas>;

export const identity = z.strictObject({
  issuers: z
    .array(issuer)
    .refine((issuers) => issuers.filter((each) => each.introspection !== undefined).length <= 1, {
      message:
        'two have `introspection`: a token that is no JWT would be shown to both, since it does not say whose it is',
    })
    .default([])
    .describe('Issuers whose tokens are accepted.'),
  development: z
    .strictObject({ users: z.string().min(1) })
    .optional()
    .describe('A file of users with fixed tokens; refused unless `listen` is a loopback address.'),
  dpop_nonces: z
    .boolean()
    .default(false)
    .describe(
      'Whether proofs of tokens that are bound to a key (DPoP) need a nonce of ours, so that nobody makes them beforehand. Each client asks once more for it.',
    ),
  clock_skew: duration
    .refine((ms) => ms <= 60_000, 'at most 60s: an issuer whose clock is further off has to set it')
    .optional()
    .describe(
      'How far the clocks of issuers may differ from ours, at most 60s: so long a token counts before its `nbf` and after its `exp`. 60s before and 5s after if absent.',
    ),
});
