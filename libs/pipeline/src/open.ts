import type { Call, CallRequest, Catalog, Clock, Digest, Envelope, Facts, Ids, Keys } from '@sallyport/contracts';
import { canonical, hmacSha256 } from '@sallyport/strict-json';

export interface MintParts {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keys: Keys;
  /** Random per process start. */
  readonly boot: string;
  /** Milliseconds that a call may take in all, as configured when it is made. */
  timeoutMs(): number;
}

/** Makes calls out of requests: mints the id, counts, and binds the digest. */
export function createMint({ catalog, clock, ids, keys, boot, timeoutMs }: MintParts): (request: CallRequest) => Call {
  let counter = 0;
  return function mint(request) {
    counter += 1;
    const receivedAt = clock.now();
    const { principal, upstream, tool } = request;
    return {
      callId: ids.ulid(),
      tenant: principal.tenant,
      gateway: { boot, counter },
      subject: principal.subject,
      agent: request.agent,
      session: request.session?.id ?? null,
      flow: request.flow,
      action: 'tools/call',
      upstream,
      tool,
      definition: catalog.find(upstream, tool)?.digest ?? null,
      arguments: request.arguments,
      digest: callDigest(keys, {
        tenant: principal.tenant,
        subject: principal.subject,
        upstream,
        tool,
        arguments: request.arguments,
      }),
      receivedAt,
      deadline: receivedAt + timeoutMs(),
      traceparent: request.traceparent,
    };
  };
}

/**
 * The digest that makes two sends of the same call the same: HMAC-SHA-256 under the tenant's key over subject, upstream,
 * tool and the canonical form of the arguments.
 */
export function callDigest(
  keys: Keys,
  {
    tenant,
    subject,
    upstream,
    tool,
    arguments: args,
  }: Pick<Call, 'tenant' | 'subject' | 'upstream' | 'tool' | 'arguments'>,
): Digest {
  const statement = JSON.stringify([subject.issuer, subject.id, upstream, tool, canonical(args)]);
  return hmacSha256(keys.digestKey(tenant), statement);
}

/** An envelope that nobody has judged yet. */
export function envelopeOf(
  call: Call,
  facts: Facts,
  digests: { readonly guards: Digest; readonly policy: Digest },
): Envelope {
  return { version: 1, call, facts, guards: digests.guards, policy: digests.policy, verdicts: [] };
}
