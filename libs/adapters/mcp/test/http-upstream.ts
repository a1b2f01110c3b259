import type { HttpUpstreamParts } from '@sallyport/contracts';
import type { ManagedUpstream } from '../src/managed-upstream.ts';
import { createHttpUpstream, type HttpUpstreamOptions } from '../src/http/http-upstream.ts';

export const clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** An upstream at a URL, with ample limits where a test does not say otherwise. */
export function upstreamAt(
  url: string,
  config: Partial<HttpUpstreamParts> = {},
  options: Partial<HttpUpstreamOptions> = {},
): ManagedUpstream {
  return createHttpUpstream({
    id: 'u',
    config: {
      url,
      headers: {},
      share: 'subject',
      max_sessions: 1_000,
      idle: 900_000,
      definitions: 'pinned',
      errors: 'mask',
      timeout: 60_000,
      start_timeout: 60_000,
      max_response_bytes: 1_048_576,
      tools: {},
      ...config,
    },
    secrets: () => ({}),
    clock,
    log: () => undefined,
    ...options,
  });
}
