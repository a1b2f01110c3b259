import { createDocumentFetch, createPublicFetch } from '@sallyport/adapter-identity';
import { createIssuerSignIn } from '@sallyport/adapter-mcp';
import { environment, type LoadedConfig, signInSecret } from '@sallyport/config';
import { proxiesOf } from '@sallyport/contracts';

/** The issuers at which people sign in to pages of ours (`identity.issuers[].sign_in`), by their URLs. */
export function issuerSignIns({
  config,
  directory,
}: LoadedConfig): ReadonlyMap<string, ReturnType<typeof createIssuerSignIn>> {
  const proxies = proxiesOf(environment());
  return new Map(
    config.identity.issuers.flatMap(({ issuer, audience, scope, sign_in: signIn }) => {
      if (signIn === undefined) return [];
      const client = { client_id: signIn.client_id, credential: signInSecret(signIn, directory) };
      const scopes = scope === undefined ? [] : [scope];
      const fetch = createDocumentFetch(createPublicFetch([issuer], { proxies }));
      return [[issuer, createIssuerSignIn({ issuer, client, audience, scopes, fetch })] as const];
    }),
  );
}
