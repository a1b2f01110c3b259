import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { isPrivateHost } from '../private-address.ts';
import { scope, secret } from './scalars.config.ts';

const issuer = z
  .url({ protocol: /^https?$/ })
  .refine((text) => !text.startsWith('http:') || isPrivateHost(new URL(text).hostname), {
    message: 'an https:// address: what is sent there is a credential',
  });

const method = z.enum(['client_secret_basic', 'client_secret_post']).optional();
const bothCredentials = { message: 'has both `client_secret` and `private_key`: one of them' };
const methodOfKey = { message: '`method` is for `client_secret`: a `private_key` has one alone' };

/** An organisation's identity provider, at which we are a client, too. */
const identityProvider = z
  .strictObject({
    issuer: issuer.describe(
      'Who gives callers the tokens that they show Sallyport. Its metadata must name it so. Callers’ tokens are sent to its token endpoint, of all tenants that may call the server.',
    ),
    client_id: z.string().min(1).describe('As the identity provider knows Sallyport.'),
    client_secret: secret.optional().describe('The secret of that client, if it has one.'),
    private_key: secret.optional().describe('In its place, as for `auth`.'),
    method: method.describe('How the secret is shown, as for `auth`.'),
    subject_token_type: z
      .enum(['access_token', 'id_token', 'jwt'])
      .default('access_token')
      .describe(
        'What the identity provider is told that callers’ tokens are. It changes no token: set what it takes and what callers show.',
      ),
  })
  .refine(({ client_secret: text, private_key: key }) => text === undefined || key === undefined, bothCredentials)
  .refine(({ private_key: key, method: how }) => key === undefined || how === undefined, methodOfKey);

/** How we get the access tokens that a server asks for, as an OAuth client with credentials of its own. */
export const upstreamAuth = z
  .strictObject({
    type: z
      .enum(['client_credentials', 'token_exchange', 'enterprise_managed', 'jwt_bearer', 'authorization_code'])
      .describe(
        'The grant. `client_credentials`: one token, of Sallyport itself, for all calls. `token_exchange` (RFC 8693): for each caller one of their own, in exchange for the token that they show Sallyport over HTTP; lists and lookups use one of Sallyport itself. `enterprise_managed` (the MCP extension of that name, ID-JAG): for each caller one of their own, which the `identity_provider` of the organisation grants; lists and lookups use one of Sallyport itself. `jwt_bearer` (RFC 7523): one token for all calls, for an `assertion` that the platform writes for this workload. `authorization_code`: each user signs in once in a browser, and their tokens are for their calls alone; lists and lookups use those of the operator.',
      ),
    issuer: issuer.describe(
      'The authorization server. Its metadata must name it so, and what the server says of itself (RFC 9728) must name it, too: the credential goes nowhere else.',
    ),
    client_id: z
      .string()
      .min(1)
      .optional()
      .describe(
        'As the authorization server knows Sallyport. For `authorization_code` it may be absent: Sallyport then makes itself known, as `registration` says.',
      ),
    registration: z
      .enum(['metadata', 'dynamic'])
      .optional()
      .describe(
        'How, without a `client_id`. `metadata`: by the address of a document, `<public_url>/client-metadata.json`, which the authorization server must reach. `dynamic`: by dynamic registration (RFC 7591), whose result is kept. If absent, by the document where the authorization server reads such and `public_url` is https.',
      ),
    client_secret: secret.optional().describe('The client’s secret.'),
    private_key: secret
      .optional()
      .describe(
        'In the place of `client_secret`, for `private_key_jwt`: a private key as PKCS#8 PEM, or as JWK with its `kid`.',
      ),
    assertion: secret
      .optional()
      .describe(
        'For `jwt_bearer`: where the JWT is that says who this workload is, such as a projected service account token with `issuer` as its audience. It is read again for each token, since the platform renews it. For `enterprise_managed`, if given: an identity token of Sallyport itself, exchanged as callers’ are, for lists and lookups; if absent, those use `client_credentials` at `issuer`.',
      ),
    method: method.describe('How the secret is shown. If absent, as the authorization server’s metadata says.'),
    identity_provider: identityProvider
      .optional()
      .describe(
        'For `enterprise_managed`: where a caller’s token is exchanged (RFC 8693) for a grant for that caller, this server and `issuer` (ID-JAG), by which `issuer` gives the access token.',
      ),
    scopes: z
      .array(scope)
      .min(1)
      .optional()
      .describe(
        'The scopes that may be asked for. Of them, what the server’s challenge names; else what it says it supports; else all. If absent, the server alone says which.',
      ),
  })
  .refine(
    ({ type, assertion }) => type === 'enterprise_managed' || (type === 'jwt_bearer') === (assertion !== undefined),
    { message: '`assertion` is for `jwt_bearer`, which needs it, and for `enterprise_managed`' },
  )
  .refine(({ type, identity_provider: provider }) => (type === 'enterprise_managed') === (provider !== undefined), {
    message: '`identity_provider` is for `enterprise_managed`, which needs it',
  })
  .refine(({ client_secret: text, private_key: key }) => text === undefined || key === undefined, bothCredentials)
  // A client to which users sign in may be one without a credential: PKCE holds in its place.
  .refine(
    ({ type, client_secret: text, private_key: key }) =>
      type === 'jwt_bearer' || type === 'authorization_code' || text !== undefined || key !== undefined,
    { message: 'needs either `client_secret` or `private_key`' },
  )
  .refine(({ type, client_id: id }) => type === 'authorization_code' || id !== undefined, {
    message: 'needs `client_id`',
  })
  .refine(
    ({ client_id: id, client_secret: text, private_key: key }) => id !== undefined || (text ?? key) === undefined,
    {
      message: 'a `client_secret` or `private_key` is of a `client_id`',
    },
  )
  .refine(({ client_id: id, registration }) => id === undefined || registration === undefined, {
    message: '`registration` is for a client without `client_id`',
  })
  .refine(({ private_key: key, method: how }) => key === undefined || how === undefined, methodOfKey);

export type UpstreamAuthConfig = z.infer<typeof upstreamAuth>;

/** A key that signs, and its name at who verifies. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly kid: string | undefined;
}

/** A client with the credential in the place of its name. */
type WithCredential<T> = Omit<T, 'client_secret' | 'private_key'> & {
  /** Null for a client without one. */
  readonly credential: string | SigningKey | null;
};

/** The same with the credentials in the place of their names. */
export type UpstreamAuthParts = WithCredential<Omit<UpstreamAuthConfig, 'assertion' | 'identity_provider'>> & {
  /** Reads it as it is now; throws where it can't be had. */
  readonly assertion?: () => string;
  readonly identity_provider?: WithCredential<z.infer<typeof identityProvider>>;
};
