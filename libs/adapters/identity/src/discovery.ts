import { type Clock, type JsonObject, type JsonValue, mayFetch } from '@sallyport/contracts';
import { isObject } from '@sallyport/base';
import { holdOff } from './hold-off.ts';

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

/** The members of a discovery document that lead on. */
export type DiscoveredUrl = 'jwks_uri' | 'introspection_endpoint';

/**
 * Finds a URL of an issuer through its discovery document (OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3; of an
 * issuer with a path also MCP 2025-11-25, authorization server metadata discovery). Asked once; a failure is
 * remembered for a while, so that a flood of tokens is not a flood of requests.
 *
 * @returns a function that yields the URL; it rejects while the issuer can't be reached or names another issuer
 */
export function createDiscovery(issuer: string, member: DiscoveredUrl, parts: DiscoveryParts): () => Promise<URL> {
  let pending: Promise<URL> | undefined;

  async function ask(): Promise<URL> {
    try {
      return urlIn(await documentOf(issuer, parts), member, issuer);
    } catch (error) {
      pending = undefined;
      throw error;
    }
  }

  return holdOff(() => (pending ??= ask()), parts);
}

function urlIn(document: JsonObject, member: DiscoveredUrl, issuer: string): URL {
  const url = new URL(String(document[member]));
  if (!mayFetch(url, issuer)) throw new Error(`The ${member} of the issuer is not served over https.`);
  return url;
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

/** Reads one JSON object; null where there is none. */
async function read(response: Response): Promise<JsonObject | null> {
  if (!response.ok) return null;
  const document = (await response.json()) as JsonValue;
  return isObject(document) ? document : null;
}
