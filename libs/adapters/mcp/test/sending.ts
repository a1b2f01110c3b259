import { type ClientSession, type SendOptions, type SentCall, toolTarget } from '@sallyport/contracts';

/** A session of a client that can be asked in forms. */
export const session: ClientSession = {
  id: 'client-1',
  principal: { tenant: 't', subject: { id: 'a', issuer: 'i', roles: [] }, client: null, expiresAt: null },
  capabilities: { elicitation: {} },
};

/** A call of the tool `act`. */
export const act: SentCall = {
  action: 'tools/call',
  target: toolTarget('act'),
  arguments: {},
  traceparent: null,
};

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
