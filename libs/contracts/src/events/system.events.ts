import { z } from 'zod';
import { count, digest, json, ref, serverRequestMethod } from './scalars.events.ts';

const actor = z.object({ ref, issuer: z.string() });
const rate = z.object({ count, periodMs: count });
const claim = z.object({ claim: z.string() });
/** Why an administrator did it: a snake_case code, so that no text about people gets in. */
const reason = z.string().nullable();

/** Which definition of an upstream: a tool's where `kind` is absent. `instructions` is what the server says of itself, one text. */
const definitionOf = {
  tenant: z.string(),
  upstream: z.string(),
  kind: z.enum(['prompt', 'template', 'instructions']).exactOptional(),
  /** Its name; of a template the template itself, of instructions `instructions`. */
  tool: z.string(),
};

/** All of a tenant as it stands from here on; whether it is suspended, its switch says. */
const tenantState = {
  id: z.string(),
  /** An organisation's name. */
  name: z.string().nullable(),
  issuers: z.array(
    z.object({
      issuer: z.string(),
      audience: z.string(),
      jwks: z.string().optional(),
      algorithms: z.array(z.string()),
      subject: claim,
      roles: claim,
      scope: z.string().optional(),
      owns: z.boolean().optional(),
    }),
  ),
  quotas: z.object({ calls: rate.nullable(), concurrent: count.nullable() }),
};

const switched = {
  tenant: z.string(),
  what: z.enum(['tenant', 'tool', 'agent']),
  /** The tenant's id, `<upstream>/<tool>`, or the client's id. */
  name: z.string(),
  /** The tenant whose calls are meant; null for all. */
  of: z.string().nullable(),
  actor,
  reason,
};

/** Whose tokens for which upstream, and who gave them. */
const connectionOf = { tenant: z.string(), upstream: z.string(), subject: actor, authorization_server: z.string() };

/** What happens to Sallyport itself: processes, definitions, policies, administrative acts. */
export const systemEvents = {
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
    ...definitionOf,
    digest,
    state: z.enum(['unapproved', 'drifted']),
  }),
  'definition.approved': z.object({
    ...definitionOf,
    digest,
    previous: digest.nullable(),
    how: z.enum(['approved', 'first_use']),
    by: actor.nullable(),
    /** The approved copy itself: public text of the tool, no personal data. */
    definition: json,
    /** The size of a definition that is too large for an event: `definition` is empty then, and the text is kept by its digest. */
    definition_bytes: count.exactOptional(),
  }),
  /** At most once of each upstream: these definitions, and none that came later, could be approved without a person. */
  'upstream.first_used': z.object({
    tenant: z.string(),
    upstream: z.string(),
    tools: count,
    /** Of the whole list. */
    digest,
  }),
  'definition.withdrawn': z.object(definitionOf),
  /** A request that never became a call: not JSON in the strict sense, no such method, wrong headers. */
  'request.refused': z.object({
    tenant: z.string(),
    subject: actor,
    reason: z.string(),
    /** Of all of them together, where `count` is given. */
    bytes: count,
    gateway: z.object({ boot: z.string(), counter: count }),
    /** Equal ones that stand as one event; absent means one. */
    count: count.optional(),
  }),
  /** A request of an upstream to a client while no call of it was under way, or several: nobody was asked. */
  'upstream.request_refused': z.object({
    tenant: z.string(),
    upstream: z.string(),
    method: serverRequestMethod,
    /** Above 1 where a flood of them stands as one. */
    count,
    gateway: z.object({ boot: z.string(), counter: count }),
  }),
  /** Every call decided up to `through` has an outcome, a `not_run` or an `outcome_unknown`, but those of live gateways. */
  'calls.swept': z.object({ tenant: z.string(), boot: z.string(), through: count, unknown: count }),
  'tenant.onboarded': z.object({ tenant: z.string(), ...tenantState, actor, reason }),
  'tenant.changed': z.object({ tenant: z.string(), ...tenantState, actor, reason }),
  'switch.thrown': z.object(switched),
  'switch.cleared': z.object(switched),
  /**
   * A person was erased: the key of what was sealed for them, which nobody can open any more, and the name of their pseudonym, in
   * the commit of this very event. Events with the pseudonym stay.
   */
  'subject.erased': z.object({
    tenant: z.string(),
    subject: ref,
    /** The pseudonym of all people whose ids read the same, which is erased with it. */
    likeness: ref.exactOptional(),
    /** How many sealed values were deleted, by releases that deleted each instead of their key alone. */
    values: count.exactOptional(),
    actor,
    reason,
  }),
  /** A user signed in at an upstream, for their own calls there. */
  'connection.made': z.object({ ...connectionOf, scopes: z.array(z.string()) }),
  /** Their tokens were forgotten. */
  'connection.removed': z.object({ ...connectionOf, actor }),
  /** Their tokens are of no use any more, so that they have to sign in again. */
  'connection.lost': z.object({ ...connectionOf, reason: z.string() }),
  /** A message between the services that was no honest one; `count` is above 1 where a flood of them stands as one. */
  'message.rejected': z.object({
    tenant: z.string(),
    /** The station that it claims to come from. */
    station: z.string(),
    reason: z.string(),
    /** The call that it names, which it need not be about. */
    call: z.string().nullable(),
    count,
  }),
  'admin.acted': z.object({
    tenant: z.string(),
    actor,
    act: z.string(),
    /** `_various` where several refused acts stand as one event. */
    target: z.string(),
    allowed: z.boolean(),
    /** Why it was refused. */
    reason: z.string().optional(),
    /** Refusals of one act for one reason that stand as one event; absent means one. */
    count: count.optional(),
  }),
} as const;
