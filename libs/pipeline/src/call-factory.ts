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

/** Without arguments of its own, a call has those of its request. */
export type CreateCall = (request: CallRequest, given?: FittedArguments) => Call;

/** Makes calls out of requests: creates the id, counts, and binds the digest. */
export function createCallFactory({ catalog, clock, ids, keys, boot, timeoutMs }: CallFactoryParts): CreateCall {
  let counter = 0;
  return function createCall(request, { arguments: args, leftOut } = { arguments: request.arguments, leftOut: 0 }) {
    counter += 1;
    const receivedAt = clock.now();
    const { principal, action, upstream, target } = request;
    return withDigest(keys, {
      callId: ids.ulid(),
      tenant: principal.tenant,
      gateway: { boot, counter },
      subject: principal.subject,
      agent: request.agent,
      session: request.session?.id ?? null,
      flow: request.flow,
      action,
      upstream,
      target,
      definition: catalog.find(upstream, target)?.digest ?? null,
      arguments: args,
      ...(leftOut > 0 && { leftOut }),
      receivedAt,
      deadline: receivedAt + timeoutMs(),
      traceparent: request.traceparent,
    });
  };
}

/** What a call is judged by, as far as its gateway knows. */
export type JudgedBy = Pick<Envelope, 'guards' | 'policy' | 'settings' | 'config' | 'system'>;

/** An envelope that nobody has judged yet. */
export function envelopeOf(keys: Pick<Keys, 'digestKey'>, call: Call, facts: Facts, judgedBy: JudgedBy): Envelope {
  return { version: 2, call, facts, factsDigest: factsDigest(keys, call.tenant, facts), ...judgedBy, verdicts: [] };
}
