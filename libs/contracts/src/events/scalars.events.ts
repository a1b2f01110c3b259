import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import { methods, type ServerRequestMethod } from '../methods.ts';

/** `sha256:…` or `hmac-sha256:…`, base64url. */
export const digest = z.string().regex(/^(hmac-)?sha256:[A-Za-z0-9_-]{43}$/);
/** A random pseudonym from the directory. */
export const ref = z.string().regex(/^(sub|cli|res|ses|flw)_[A-Za-z0-9_-]+$/);
export const count = z.int().nonnegative();
/** Any JSON value without personal data. */
export const json = z.record(z.string(), z.json()) as z.ZodType<JsonObject>;

/** A request of a server to a client; `other` for a method that no client is asked. */
export const serverRequestMethod = z.enum([...(Object.keys(methods.serverRequests) as ServerRequestMethod[]), 'other']);

/** A verdict as recorded: no advice, no question, no values. */
export const verdict = z.object({
  guard: z.string(),
  effect: z.enum(['pass', 'allow', 'deny', 'hold']),
  reason: z.string().optional(),
  rules: z.array(z.string()).optional(),
  limits: z
    .array(
      z.object({
        id: z.string(),
        remaining: z.number(),
        kind: z.enum(['rate', 'budget', 'concurrent', 'identical']).exactOptional(),
        cost: z.number().exactOptional(),
        max: z.number().exactOptional(),
        period_ms: z.number().exactOptional(),
        reset_ms: z.number().exactOptional(),
        /** Keyed digest of the name of the counter: the same for calls that share one. */
        key: digest.exactOptional(),
      }),
    )
    .optional(),
  /** What an allowed call took of budgets. */
  spent: z.array(z.object({ id: z.string(), amount: z.number() })).optional(),
  requirements: z
    .array(z.object({ who: z.string(), count, group: z.string().nullable(), rule: z.string() }))
    .optional(),
  approval: z.object({ id: z.string(), act: z.enum(['open', 'wait', 'consume']), version: count }).optional(),
  satisfies: z.array(z.string()).optional(),
  degraded: z.enum(['deny', 'allow', 'local']).optional(),
  shadow: z.literal(true).optional(),
  /** The guard's clock, where it judged by time. */
  at: z.string().exactOptional(),
  /** Name and version of the policy engine. */
  engine: z.string().exactOptional(),
  detail: json.optional(),
});
