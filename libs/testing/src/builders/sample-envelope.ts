import type { Call, Envelope, Facts } from '@sallyport/contracts';

const digest = `sha256:${'A'.repeat(43)}`;

/** A call as the gateway creates it, with what a test wants different. */
export function sampleCall(changes: Partial<Call> = {}): Call {
  return {
    callId: '01J00000000000000000000001',
    tenant: 'shop',
    gateway: { boot: 'boot-1', counter: 1 },
    subject: { id: 'alice', issuer: 'development', roles: ['customer'], scopes: ['orders:read'] },
    agent: { id: 'test-client', verified: false },
    session: null,
    flow: null,
    action: 'tools/call',
    upstream: 'orders',
    target: { kind: 'tool', name: 'get_order' },
    definition: digest,
    arguments: { order_id: '1001' },
    digest: `hmac-${digest}`,
    receivedAt: 0,
    deadline: 60_000,
    traceparent: null,
    ...changes,
  };
}

/** Facts of a call that names nothing. */
export const noFacts: Facts = { bulk: 0, wildcards: [], unbounded: [], bytes: 2, depth: 1, resources: [] };

/** An envelope that nobody has judged. */
export function sampleEnvelope(changes: Partial<Envelope> = {}): Envelope {
  const digests = { factsDigest: `hmac-${digest}`, guards: digest, policy: digest, settings: {} };
  return { version: 2, call: sampleCall(), facts: noFacts, ...digests, verdicts: [], ...changes };
}
