import { z } from 'zod';
import { count, digest, ref } from './scalars.events.ts';

const actor = z.object({ ref, issuer: z.string() });

/** What happens to the house itself: processes, definitions, policies, administrative acts. */
export const houseEvents = {
  'gateway.started': z.object({
    tenant: z.string(),
    boot: z.string(),
    version: z.string(),
    config: digest,
    guards: digest,
    policy: digest,
  }),
  'gateway.stopped': z.object({ tenant: z.string(), boot: z.string() }),
  'config.reloaded': z.object({ tenant: z.string(), boot: z.string(), config: digest }),
  'policy.activated': z.object({ tenant: z.string(), policy: digest, previous: digest.nullable() }),
  'definition.offered': z.object({
    tenant: z.string(),
    upstream: z.string(),
    tool: z.string(),
    digest,
    state: z.enum(['unapproved', 'drifted']),
  }),
  'definition.approved': z.object({
    tenant: z.string(),
    upstream: z.string(),
    tool: z.string(),
    digest,
    previous: digest.nullable(),
    how: z.enum(['approved', 'first_use']),
    by: actor.nullable(),
    /** The approved copy itself: public text of the tool, no personal data. */
    definition: z.record(z.string(), z.json()),
  }),
  'definition.withdrawn': z.object({ tenant: z.string(), upstream: z.string(), tool: z.string() }),
  /** A request that never became a call: not JSON in the strict sense, no such method, wrong headers. */
  'request.refused': z.object({
    tenant: z.string(),
    subject: actor,
    reason: z.string(),
    bytes: count,
    gateway: z.object({ boot: z.string(), counter: count }),
  }),
  /** Every call decided up to `through` has an outcome, a `not_run` or an `outcome_unknown`, but those of live gateways. */
  'calls.swept': z.object({ tenant: z.string(), boot: z.string(), through: count, unknown: count }),
  'admin.acted': z.object({ tenant: z.string(), actor, act: z.string(), target: z.string(), allowed: z.boolean() }),
} as const;
