import { isPrivateHost, type TenantIssuer } from '@sallyport/contracts';

/**
 * Why a tenant's issuer can't be taken; null where it can. Its documents and keys are fetched by us, so that they must come
 * by https and from a public host; what is private, or comes by http, only from where the operator names it.
 *
 * @param named URLs; their origins count
 */
export function issuerFault(
  { issuer, jwks }: Pick<TenantIssuer, 'issuer' | 'jwks'>,
  named: readonly string[],
): string | null {
  for (const url of [issuer, ...(jwks === undefined ? [] : [jwks])]) {
    if (!isPlain(url)) return `${url} must be an https URL without a user, a query or a fragment.`;
    const { origin, protocol, hostname } = new URL(url);
    if (named.some((other) => URL.canParse(other) && new URL(other).origin === origin)) continue;
    if (protocol !== 'https:' || isPrivateHost(hostname))
      return `${url} must be a public https URL. The operator can name others in tenants.private_issuers.`;
  }
  return null;
}

function isPlain(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return `${username}${password}${search}${hash}` === '' && (protocol === 'https:' || protocol === 'http:');
}
