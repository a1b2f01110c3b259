import type { Clock } from '@sallyport/contracts';

/** How an issuer's documents are read. */
export interface DiscoveryParts {
  /** Bounds what it reads. */
  readonly fetch: typeof fetch;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Milliseconds that the issuer may take. */
  readonly timeoutMs: number;
  /** Milliseconds before an issuer that failed is asked again. */
  readonly retryMs: number;
}

/**
 * Finds an issuer's JWKS through its discovery document (OpenID Connect Discovery 1.0 section 4, RFC 8414 as the
 * second try). Asked once; a failure is remembered for a while, so that a flood of tokens is not a flood of requests.
 *
 * @returns a function that yields the JWKS URL; it rejects while the issuer can't be reached or names another issuer
 */
export function createDiscovery(issuer: string, parts: DiscoveryParts): () => Promise<URL> {
  let pending: Promise<URL> | undefined;
  let failedAt = -Infinity;
  let failure: unknown;

  async function ask(): Promise<URL> {
    try {
      return await discover(issuer, parts);
    } catch (error) {
      [failedAt, failure, pending] = [parts.clock.monotonic(), error, undefined];
      throw error;
    }
  }

  return function jwksUrl() {
    if (pending === undefined && parts.clock.monotonic() - failedAt < parts.retryMs) return Promise.reject(failure);
    return (pending ??= ask());
  };
}

async function discover(issuer: string, parts: DiscoveryParts): Promise<URL> {
  const base = issuer.replace(/\/$/, '');
  const { origin, pathname } = new URL(base);
  const document =
    (await read(`${base}/.well-known/openid-configuration`, parts)) ??
    (await read(`${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`, parts));
  if (document?.['issuer'] !== issuer) throw new Error('The discovery document is missing or names another issuer.');
  const jwks = new URL(String(document['jwks_uri']));
  if (!mayFetch(jwks, new URL(issuer))) throw new Error('The JWKS of the issuer is not served over https.');
  return jwks;
}

/** Keys come by https; by http only from the very host of an issuer that was itself configured with http. */
function mayFetch(jwks: URL, { protocol, hostname }: URL): boolean {
  return jwks.protocol === 'https:' || (jwks.protocol === protocol && jwks.hostname === hostname);
}

/** Reads one JSON object; null where there is none. */
async function read(url: string, { fetch, timeoutMs }: DiscoveryParts): Promise<Record<string, unknown> | null> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) return null;
  const document: unknown = await response.json();
  return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : null;
}
