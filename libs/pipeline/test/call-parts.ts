import { createSecretKey } from 'node:crypto';
import { type CallRequest, toolTarget, type Upstream } from '@sallyport/contracts';
import { noFacts } from '@sallyport/testing';
import { createPlaces } from '@sallyport/base';
import { createParking } from '../src/parking.ts';
import type { CallParts } from '../src/run-call.ts';

export const digest = `sha256:${'A'.repeat(43)}`;
const key = createSecretKey(Buffer.alloc(32, 7));
export const keys = { digestKey: () => key, sealKey: () => key.export() };

/** Ids that count. */
export function countingIds() {
  let next = 0;
  return {
    ulid: () => String((next += 1)).padStart(26, '0'),
    random: (bytes: number) => Buffer.alloc(bytes, (next += 1)).toString('base64url'),
  };
}

interface Plain extends Pick<CallParts, 'clock' | 'ids' | 'observer'> {
  readonly upstream: Upstream;
}

/** The parts that do nothing of their own: nothing is looked up, sanitized or waits in line. */
export function plainParts({ clock, ids, observer, upstream }: Plain) {
  return {
    ...{ clock, ids, keys, observer },
    parking: createParking(clock),
    elsewhere: { back: () => Promise.resolve('gone') },
    subscriptions: createPlaces(1),
    readRefusal: () => Promise.resolve(null),
    facts: { gather: () => Promise.resolve(noFacts), fromArguments: () => noFacts },
    upstreams: new Map([[upstream.id, upstream]]),
    sanitize: (value) => ({ value, changes: [] }),
    inTurn: (_, sanitize) => Promise.resolve(sanitize()),
    elicitations: () => [],
    contextOf: ({ callId }) => ({ tool: null, what: 'result', reference: callId, upstream: upstream.id }),
  } satisfies Partial<CallParts>;
}

export const request: CallRequest = {
  principal: {
    tenant: 'shop',
    subject: { id: 'alice', issuer: 'development', roles: [] },
    client: null,
    expiresAt: null,
  },
  agent: { id: 'test', verified: false },
  session: null,
  flow: null,
  action: 'tools/call',
  upstream: 'orders',
  target: toolTarget('get_order'),
  arguments: { order_id: 'very-private-1001' },
  bytes: 200,
  traceparent: null,
};
