import { allowInsecureRequests, customFetch, processRevocationResponse, revocationRequest } from 'oauth4webapi';
import { clientAuthentication, type OAuthClient } from './client-authentication.ts';
import { type Target, timeLimit } from './discover.ts';

/** Ends tokens where they were given (RFC 7009), if that is offered. A refresh token takes its access tokens with it at most servers. */
export async function revoke(
  { server }: Pick<Target, 'server'>,
  us: OAuthClient,
  { tokens, fetch }: { readonly tokens: readonly string[]; readonly fetch: typeof globalThis.fetch },
): Promise<void> {
  const endpoint = URL.parse(server.revocation_endpoint ?? '');
  if (endpoint?.protocol !== 'https:' && endpoint?.origin !== new URL(server.issuer).origin) return;
  const client = { client_id: us.client_id };
  for (const token of tokens) {
    const options = { [customFetch]: fetch, [allowInsecureRequests]: true, signal: timeLimit() };
    const proof = clientAuthentication(us, server);
    await processRevocationResponse(await revocationRequest(server, client, proof, token, options));
  }
}
