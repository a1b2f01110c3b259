import { createHash } from 'node:crypto';
import {
  allowInsecureRequests,
  ClientSecretBasic,
  customFetch,
  introspectionRequest,
  processIntrospectionResponse,
} from 'oauth4webapi';
import { BoundedMap } from '@sallyport/base';
import type { Clock, JsonObject } from '@sallyport/contracts';

/** Asks the issuer what a token is that says nothing by itself. Null for one that counts no more, or never did. */
export type Introspect = (token: string) => Promise<JsonObject | null>;

export interface IntrospectionParts {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Rejects where there is none, or none that may be asked. */
  readonly endpoint: () => Promise<{ readonly url: URL; readonly fetch: typeof fetch }>;
  readonly clock: Clock;
  /** Milliseconds that the issuer may take. */
  readonly timeoutMs: number;
}

/** Milliseconds: so long a token that was taken back still works. */
const ACTIVE_MS = 30_000;
const INACTIVE_MS = 5_000;
const MOST_ACTIVE = 10_000;
const MOST_INACTIVE = 1_000;
/** Questions at a time: anybody can send a token that nobody knows. */
const MOST_ASKED = 64;

/** Thrown where a token can't be asked about, since too many are. */
class IntrospectionBusy extends Error {
  readonly code = 'introspection_busy';
}

interface Kept {
  readonly claims: JsonObject | null;
  /** Monotonic, milliseconds. */
  readonly until: number;
}

/**
 * Token introspection (RFC 7662). An answer is kept for a while, no longer than the token counts, and no failure is; equal
 * questions at a time are one. What nobody knows pushes no good token out of the memory.
 *
 * @returns a function that rejects where the issuer gives no answer
 */
export function createIntrospection(parts: IntrospectionParts): Introspect {
  const { clock } = parts;
  const active = new BoundedMap<string, Kept>(MOST_ACTIVE);
  const inactive = new BoundedMap<string, Kept>(MOST_INACTIVE);
  const asked = new Map<string, Promise<JsonObject | null>>();

  async function question(token: string, key: string): Promise<JsonObject | null> {
    try {
      const claims = await ask(parts, token);
      const until = clock.monotonic() + lifetimeOf(claims, clock);
      (claims === null ? inactive : active).set(key, { claims, until });
      return claims;
    } finally {
      asked.delete(key);
    }
  }

  return function introspect(token) {
    const key = createHash('sha256').update(token).digest('base64url');
    const kept = active.get(key) ?? inactive.get(key);
    if (kept !== undefined && clock.monotonic() < kept.until) return Promise.resolve(kept.claims);
    const running = asked.get(key);
    if (running !== undefined) return running;
    if (asked.size >= MOST_ASKED) return Promise.reject(new IntrospectionBusy('Too many tokens are asked about.'));
    active.delete(key);
    const answer = question(token, key);
    asked.set(key, answer);
    return answer;
  };
}

function lifetimeOf(claims: JsonObject | null, clock: Clock): number {
  if (claims === null) return INACTIVE_MS;
  const { exp } = claims;
  return typeof exp === 'number' ? Math.min(ACTIVE_MS, exp * 1000 - clock.now()) : 0;
}

async function ask(parts: IntrospectionParts, token: string): Promise<JsonObject | null> {
  const { issuer, clientId, clientSecret, timeoutMs } = parts;
  const { url, fetch } = await parts.endpoint();
  const server = { issuer, introspection_endpoint: url.href };
  const client = { client_id: clientId };
  const response = await introspectionRequest(server, client, ClientSecretBasic(clientSecret), token, {
    additionalParameters: { token_type_hint: 'access_token' },
    [customFetch]: (to, { body, headers, method, signal }) =>
      fetch(to, { body, headers, method, ...(signal && { signal }) }),
    // Where http will do was decided before.
    [allowInsecureRequests]: true,
    signal: AbortSignal.timeout(timeoutMs),
  });
  const { active, ...claims } = await processIntrospectionResponse(server, client, response);
  return active ? ({ iss: issuer, ...claims } as JsonObject) : null;
}
