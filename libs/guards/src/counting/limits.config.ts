import { type Config, rate, valuePointer } from '@sallyport/contracts';
import { z } from 'zod';

const base = {
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .describe('Its name in refusals, metrics and the record.'),
  per: z
    .array(z.enum(['tenant', 'subject', 'session', 'agent', 'tool']))
    .min(1)
    .describe(
      'Each combination has a counter of its own. A session is counted as its subject, an agent that no token names too.',
    ),
  tool: z
    .string()
    .optional()
    .describe(
      'Only calls of `<upstream>/<tool>`, `<upstream>/prompt:<name>`, or `<upstream>/resource:*` for all reads; `<upstream>/*` for all of an upstream.',
    ),
  store_down: z
    .enum(['deny', 'allow', 'local'])
    .default('deny')
    .describe('What happens when the counters can’t be reached, or it is not known yet what was spent of a budget.'),
};

const kind = z.enum(['attempt', 'use']).describe('`attempt` counts every call, `use` only those that were allowed.');

const rateLimit = z.strictObject({
  ...base,
  rate: rate.describe('How many calls in how long, evenly spread.'),
  burst: z.int().positive().optional().describe('How many may come at once; the rate’s count if absent.'),
  kind: kind.default('attempt'),
});

const budgetLimit = z.strictObject({
  ...base,
  budget: z.strictObject({
    argument: valuePointer
      .optional()
      .describe(
        'JSON Pointer to the number to add up, which must be in the tool’s input schema; 1 per call if absent.',
      ),
    max: z.number().positive(),
    window: z.enum(['hour', 'day']).describe('Aligned to UTC.'),
  }),
});

const concurrentLimit = z.strictObject({ ...base, concurrent: z.int().positive().describe('Calls in flight.') });

const identicalLimit = z.strictObject({
  ...base,
  identical: rate.describe('How often the very same call may be allowed.'),
});

const limit = z.union([rateLimit, budgetLimit, concurrentLimit, identicalLimit]);

/** `limits`, which all guards that count read. */
export const limitsSection = {
  limits: z.array(limit).default([]).describe('Rates, budgets, calls in flight, repeats.'),
};

/** The limits of a configuration that the whole schema read. */
export function limitsIn(config: Config): readonly LimitConfig[] {
  return (config as WithLimits).limits;
}

/** The same configuration with these limits instead of its own. */
export function withLimits(config: Config, limits: readonly LimitConfig[]): WithLimits {
  return { ...config, limits };
}

/** A configuration with the limits that guards see in it. */
export type WithLimits = Config & { readonly limits: readonly LimitConfig[] };
export type LimitConfig = z.infer<typeof limit>;
export type RateLimitConfig = z.infer<typeof rateLimit>;
export type BudgetLimitConfig = z.infer<typeof budgetLimit>;
export type IdenticalLimitConfig = z.infer<typeof identicalLimit>;
