import { z } from 'zod';

const claim = z.strictObject({ claim: z.string().min(1) });

/** An OpenID Connect issuer whose tokens are accepted. */
export const issuer = z.strictObject({
  issuer: z.url().describe('The issuer’s URL; its discovery document and JWKS are read from there.'),
  audience: z.string().min(1).describe('What the token’s `aud` must name: this endpoint.'),
  jwks: z.url().optional().describe('The JWKS, where the issuer has no discovery document.'),
  algorithms: z
    .array(z.enum(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA']))
    .min(1)
    .default(['RS256', 'ES256', 'EdDSA'])
    .describe('Signature algorithms that are accepted; anything else is refused.'),
  tenant: z.union([claim, z.strictObject({ fixed: z.string().min(1) })]).describe('Where the tenant comes from.'),
  subject: claim.default({ claim: 'sub' }).describe('The claim that names the person or service.'),
  roles: claim.default({ claim: 'roles' }).describe('The claim that lists the roles.'),
  scope: z.string().optional().describe('A scope that every token must have.'),
});

export const identity = z.strictObject({
  issuers: z.array(issuer).default([]).describe('Issuers whose tokens are accepted.'),
  development: z
    .strictObject({ users: z.string().min(1) })
    .optional()
    .describe('A file of users with fixed tokens; refused unless `listen` is a loopback address.'),
});
