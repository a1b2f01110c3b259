import type { Clock, JsonObject, JsonValue } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';

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
 * Finds an issuer's JWKS through its discovery document (OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3; of an
 * issuer with a path also MCP 2025-11-25, authorization server metadata discovery). Asked once; a failure is
 * remembered for a while, so that a flood of tokens is not a flood of requests.
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
  const document = await documentOf(issuer, parts);
  const jwks = new URL(String(document['jwks_uri']));
  if (!mayFetch(jwks, new URL(issuer))) throw new Error('The JWKS of the issuer is not served over https.');
  return jwks;
}

/** The first one of this issuer, of the places where it may stand. What else stands at one hides no other. */
async function documentOf(issuer: string, { fetch, timeoutMs }: DiscoveryParts): Promise<JsonObject> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = new Set([
    `${path}/.well-known/openid-configuration`,
    `/.well-known/oauth-authorization-server${path}`,
    `/.well-known/openid-configuration${path}`,
  ]);
  const signal = AbortSignal.timeout(timeoutMs);
  let failure = new Error('The discovery document is missing or names another issuer.');
  for (const place of places) {
    try {
      const document = await read(await fetch(origin + place, { signal }));
      if (document?.['issuer'] === issuer) return document;
    } catch (error) {
      failure = error instanceof Error ? error : failure;
    }
  }
  throw failure;
}

/** Keys come by https; by http only from the very host of an issuer that was itself configured with http. */
function mayFetch(jwks: URL, { protocol, hostname }: URL): boolean {
  return jwks.protocol === 'https:' || (jwks.protocol === protocol && jwks.hostname === hostname);
}

/** Reads one JSON object; null where there is none. */
async function read(response: Response): Promise<JsonObject | null> {
  if (!response.ok) return null;
  const document = (await response.json()) as JsonValue;
  return isObject(document) ? document : null;
}
