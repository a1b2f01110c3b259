import { BoundedMap } from '@sallyport/base';
import type { Clock, Principal } from '@sallyport/contracts';

/** Principals of headers that were verified a moment ago. */
export interface TokenCache {
  /**
   * The promise of the principal (made once, so that a hit allocates nothing), undefined on a miss. A token
   * for one endpoint alone is a hit at that one only.
   */
  get(header: string, resource?: string): Promise<Principal> | undefined;
  put(header: string, principal: Principal): Promise<Principal>;
}

interface Entry {
  readonly answer: Promise<Principal>;
  /** Wall clock, milliseconds. */
  readonly until: number;
  readonly resource: string | undefined;
}

/**
 * A bounded cache keyed by the raw `Authorization` header. An entry counts until its token expires, at most `ttlMs`:
 * that is how long a revoked key still works. The oldest entry leaves first.
 */
export function createTokenCache(clock: Pick<Clock, 'now'>, { entries = 10_000, ttlMs = 60_000 } = {}): TokenCache {
  const byHeader = new BoundedMap<string, Entry>(entries);

  function get(header: string, resource?: string): Promise<Principal> | undefined {
    const entry = byHeader.get(header);
    if (entry === undefined) return undefined;
    if (clock.now() >= entry.until) byHeader.delete(header);
    else if (entry.resource === undefined || entry.resource === resource) return entry.answer;
    return undefined;
  }

  function put(header: string, principal: Principal): Promise<Principal> {
    const answer = Promise.resolve(principal);
    const until = Math.min(clock.now() + ttlMs, principal.expiresAt ?? Infinity);
    byHeader.set(header, { answer, until, resource: principal.resource });
    return answer;
  }

  return { get, put };
}
