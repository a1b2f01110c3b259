import type { TenantIssuer } from '@sallyport/contracts';

/**
 * Why a tenant's issuer can't be taken; null where it can. Its documents and keys are fetched by us, so that they must
 * come by https; by http only from this machine, for trying things out.
 */
export function issuerFault({ issuer, jwks }: Pick<TenantIssuer, 'issuer' | 'jwks'>): string | null {
  for (const url of [issuer, ...(jwks === undefined ? [] : [jwks])])
    if (!isFetchable(url)) return `${url} must be an https URL without a user, a query or a fragment.`;
  return null;
}

function isFetchable(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (`${username}${password}${search}${hash}` !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
