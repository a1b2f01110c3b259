import { z } from 'zod';
import { count, digest, ref } from './scalars.events.ts';

/** `likeness` stands for everybody whose id reads the same, at whatever issuer: they may be one person. */
const person = z.object({ ref, issuer: z.string(), likeness: ref.optional() });

/** Each question that somebody asks, one after the other: two that are opened at once would else not know of each other. */
export const requesterEvents = {
  'approval.opened': z.object({ tenant: z.string(), approval: z.string(), requester: person }),
} as const;

/** The life of one approval. Consumption is written in the same commit as the allow that uses it. */
export const approvalEvents = {
  'approval.requested': z.object({
    tenant: z.string(),
    approval: z.string(),
    call_id: z.string(),
    call: digest,
    definition: digest.nullable(),
    /** The keyed digest of all facts: what was found of the objects, and how many arguments name. */
    resources: digest,
    requester: person,
    /** The client that made the call, where its token names it: a vote by the same client's token is no person's. */
    agent: ref.optional(),
    upstream: z.string(),
    tool: z.string(),
    needs: z.array(
      z.object({
        who: z.enum(['self', 'other', 'group']),
        count,
        group: z.string().nullable(),
        rule: z.string(),
        /** Digest of the policy's text. */
        policy: digest.optional(),
      }),
    ),
    /** Commitment to the question with its values. */
    ask: digest,
    /** Commitment to the objects as they were found, with all values. */
    objects: digest.optional(),
    decide_by: z.string(),
    execute_within_ms: count,
  }),
  'approval.voted': z.object({
    tenant: z.string(),
    approval: z.string(),
    voter: person,
    /** Those that a need asks for. */
    roles: z.array(z.string()),
    answer: z.enum(['approve', 'reject']),
    channel: z.enum(['elicitation', 'cli', 'api']),
    /** Digest of the statement that was voted on. */
    call: digest,
  }),
  'approval.consumed': z.object({ tenant: z.string(), approval: z.string(), call_id: z.string() }),
  'approval.expired': z.object({
    tenant: z.string(),
    approval: z.string(),
    reason: z.enum(['decide_by', 'execute_by', 'superseded', 'subject_erased']),
  }),
  /** Taken back by the person who asked. */
  'approval.cancelled': z.object({ tenant: z.string(), approval: z.string(), by: person }),
} as const;
