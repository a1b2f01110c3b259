import { z } from 'zod';
import { callActions, targetKinds } from '../call.ts';
import { count, digest, ref, serverRequestMethod, verdict } from './scalars.events.ts';

const resource = z.object({
  type: z.string(),
  ref,
  owner: ref.nullable(),
  version: z.string().nullable(),
  status: z.enum(['resolved', 'unresolved']),
});

/** What a client was asked, or what it answered: never in the clear. */
const sealedText = z.object({ digest, commitment: digest, bytes: count });
const clientRequest = {
  tenant: z.string(),
  upstream: z.string(),
  method: serverRequestMethod,
  /** Its number within the call, from 1. */
  request: count,
  gateway: z.object({ boot: z.string(), counter: count }),
};

/** Every fact that a call's stream may hold, past tense. A released type is only ever added to. */
export const callEvents = {
  'call.decided': z.object({
    tenant: z.string(),
    decision: z.enum(['allow', 'deny', 'hold']),
    reason: z.string(),
    guard: z.string(),
    subject: z.object({
      ref,
      issuer: z.string(),
      roles: z.array(z.string()).exactOptional(),
      scopes: z.array(z.string()).exactOptional(),
      /** Who acted for it, as its token said: who acted first, then on whose behalf. */
      actors: z.array(ref).exactOptional(),
      /** Policies know it with the issuer in front of its id: owners' ids are those of another issuer. */
      qualified: z.literal(true).exactOptional(),
    }),
    agent: z.object({ ref, verified: z.boolean() }),
    session: ref.nullable(),
    flow: ref.nullable(),
    /** Who counts calls of tools filters by it: other methods are decided and recorded alike. */
    action: z.enum(callActions),
    upstream: z.string(),
    /** The name of a tool; `<kind>:<name>` of anything else, which `target` has in parts; `resource:*` of any resource. */
    tool: z.string(),
    target: z.object({ kind: z.enum(targetKinds), name: z.string() }).exactOptional(),
    definition: digest.nullable(),
    call: digest,
    arguments: z.object({
      digest,
      commitment: digest,
      bytes: count,
      /** Members that the client sent and that were neither judged nor sent on; absent where there was none. */
      left_out: count.exactOptional(),
    }),
    resources: z.array(resource),
    facts: z.object({
      digest,
      /** To all facts, with pointers, versions, attributes and values; absent where the rest of this member says all. */
      commitment: digest.exactOptional(),
      bulk: count,
      wildcards: z.array(z.string()),
      unbounded: z.array(z.string()),
      depth: count,
    }),
    verdicts: z.array(verdict),
    policy: digest,
    guards: digest,
    /** The gateway's configuration. */
    config: digest.exactOptional(),
    /** Sequence of the last event of each kind in the log of `_system` that the gateway had read when the call came; 0 for none. */
    system: z.object({ definitions: count, tenants: count }).exactOptional(),
    /** Version of the program that recorded it. */
    code: z.string().exactOptional(),
    gateway: z.object({ boot: z.string(), counter: count }),
    approval: z.object({ id: z.string(), act: z.enum(['open', 'wait', 'consume']) }).nullable(),
    /** How many are missing of lists that were cut, so that the event stays below 60 KiB: `resources`, `authorization.rules`. */
    left_out: z.record(z.string(), count).exactOptional(),
    elapsed_us: count,
  }),
  'call.completed': z.object({
    tenant: z.string(),
    is_error: z.boolean(),
    bytes: count,
    /** Keyed, of the canonical result as the client is given it, before our own `_meta`; absent where it has no canonical form. */
    result: digest.exactOptional(),
    changes: z.array(z.object({ sanitizer: z.string(), kind: z.string(), count })),
    gateway: z.object({ boot: z.string(), counter: count }),
    elapsed_us: count,
  }),
  'call.failed': z.object({
    tenant: z.string(),
    reason: z.string(),
    /** False when no byte left us. */
    sent: z.boolean(),
    /** Of a JSON-RPC error of the upstream: its code, what was changed in its text, and addresses that the user was sent to. */
    code: z.number().optional(),
    changes: z.array(z.object({ sanitizer: z.string(), kind: z.string(), count })).optional(),
    addresses: z.array(z.string()).optional(),
    gateway: z.object({ boot: z.string(), counter: count }),
    elapsed_us: count,
  }),
  'call.not_run': z.object({
    tenant: z.string(),
    reason: z.string(),
    gateway: z.object({ boot: z.string(), counter: count }),
  }),
  'call.outcome_unknown': z.object({ tenant: z.string(), since: z.string(), reason: z.string() }),
  /** Whether a request of the upstream to the client is put before it. Recorded before the client hears of it. */
  'client_request.decided': z.object({
    ...clientRequest,
    decision: z.enum(['allow', 'deny']),
    reason: z.string(),
    /** The policies that forbade it; absent where it was none. */
    rules: z.array(z.string()).optional(),
    /** Size of what the upstream sent. */
    bytes: count,
    /** What the client is shown; null where it is not. */
    shown: sealedText.nullable(),
    /** What was made smaller or less than asked: `include_context`, `max_tokens`. */
    changes: z.array(z.string()),
    /** Above 1 where refusals of one kind stand as one event. */
    count,
  }),
  /** What came of it. Recorded before the upstream hears of it. */
  'client_request.answered': z.object({
    ...clientRequest,
    outcome: z.enum(['answered', 'accepted', 'declined', 'cancelled', 'refused', 'invalid', 'unanswered']),
    /** Whether the upstream is given the answer. */
    given: z.boolean(),
    /** What it is given; null where there is nothing in it. */
    answer: sealedText.nullable(),
    elapsed_us: count,
  }),
  /** Equal refusals as one event with their count: beyond what a subject may have recorded one by one, or shed unjudged. */
  'call.refusals_coalesced': z.object({
    tenant: z.string(),
    reason: z.string(),
    guard: z.string(),
    rules: z.array(z.string()),
    subject: z.object({ ref, issuer: z.string() }),
    upstream: z.string(),
    tool: z.string(),
    count,
    first: z.string(),
    last: z.string(),
  }),
} as const;
