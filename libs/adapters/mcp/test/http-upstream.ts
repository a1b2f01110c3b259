import { configSchema, type HttpUpstreamParts } from '@sallyport/contracts';
import type { ManagedUpstream } from '../src/managed-upstream.ts';
import { createHttpUpstream, type HttpUpstreamOptions } from '../src/http/http-upstream.ts';

export const clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** What an upstream may ask of a client where forms alone are granted. */
export const forms = {
  elicitation: { forms: true, url_hosts: [] },
  roots: false,
  per_call: 5,
  rate: { count: 9, periodMs: 60_000 },
  max_bytes: 10_000,
};

/** An upstream at a URL as an operator has it who sets nothing else, with answers of 1 MiB; a test may say otherwise. */
export function upstreamAt(
  url: string,
  config: Partial<HttpUpstreamParts> = {},
  options: Partial<HttpUpstreamOptions> = {},
): ManagedUpstream {
  const { u } = configSchema.parse({ upstreams: { u: { url } } }).upstreams;
  return createHttpUpstream({
    id: 'u',
    config: { ...(u as HttpUpstreamParts), url, max_response_bytes: 1_048_576, ...config },
    secrets: () => ({}),
    fetchFor: () => fetch,
    proxies: null,
    clock,
    log: () => undefined,
    ...options,
  });
}
