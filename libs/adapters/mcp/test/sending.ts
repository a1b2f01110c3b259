import type { SendOptions } from '@sallyport/contracts';

/** How a call of one subject is sent, where a test does not say otherwise. */
export function sending(over: Partial<SendOptions> = {}): SendOptions {
  return {
    signal: new AbortController().signal,
    timeoutMs: 5_000,
    progressToken: null,
    notify: () => undefined,
    ask: null,
    caller: { tenant: 't', issuer: 'i', subject: 's' },
    session: null,
    beforeWrite: () => true,
    ...over,
  };
}
