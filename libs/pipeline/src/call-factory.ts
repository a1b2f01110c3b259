import type {
  Call,
  CallRequest,
  Catalog,
  Clock,
  Envelope,
  Facts,
  FittedArguments,
  Ids,
  Keys,
} from '@sallyport/contracts';
import { factsDigest } from './facts-digest.ts';
import { withDigest } from './signing-input.ts';

export interface CallFactoryParts {
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keys: Keys;
  /** Random per process start. */
  readonly boot: string;
  /** Milliseconds that a call may take in all, as configured when it is made. */
  timeoutMs(): number;
}

/** What a call has of when it was first received. */
export type Received = Pick<Call, 'callId' | 'gateway' | 'receivedAt' | 'deadline' | 'traceparent'>;

/** Without arguments of its own, a call has those of its request; a call that goes on is the one that was `received`. */
export type CreateCall = (request: CallRequest, given?: FittedArguments, received?: Received) => Call;

/** Makes calls out of requests: creates the id, counts, and binds the digest. */
export function createCallFactory({ catalog, clock, ids, keys, boot, timeoutMs }: CallFactoryParts): CreateCall {
  let counter = 0;

  function receive({ traceparent }: CallRequest): Received {
    counter += 1;
    const receivedAt = clock.now();
    const deadline = receivedAt + timeoutMs();
    return { callId: ids.ulid(), gateway: { boot, counter }, receivedAt, deadline, traceparent };
  }

  return function createCall(request, given = { arguments: request.arguments, leftOut: 0 }, received) {
    const { principal, action, upstream, target } = request;
    const { callId, gateway, receivedAt, deadline, traceparent } = received ?? receive(request);
    return withDigest(keys, {
      callId,
      tenant: principal.tenant,
      gateway,
      subject: principal.subject,
      agent: request.agent,
      session: request.session?.id ?? null,
      flow: request.flow,
      action,
      upstream,
      target,
      definition: catalog.find(upstream, target)?.digest ?? null,
      arguments: given.arguments,
      ...(given.leftOut > 0 && { leftOut: given.leftOut }),
      receivedAt,
      deadline,
      traceparent,
    });
  };
}

/** What a call is judged by, as far as its gateway knows. */
export type JudgedBy = Pick<Envelope, 'guards' | 'policy' | 'settings' | 'config' | 'system'>;

/** An envelope that nobody has judged yet. */
export function envelopeOf(keys: Pick<Keys, 'digestKey'>, call: Call, facts: Facts, judgedBy: JudgedBy): Envelope {
  return { version: 2, call, facts, factsDigest: factsDigest(keys, call.tenant, facts), ...judgedBy, verdicts: [] };
}
