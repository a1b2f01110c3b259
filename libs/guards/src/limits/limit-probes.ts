import type { Catalog, Probe } from '@sallyport/contracts';
import { callOf, MOST_CALLS, neverFires, toolOf } from '../counting/limit-probes.ts';
import { argumentsWith, type ProbeTool } from '../probe-envelope.ts';
import { type LimitConfig, type WithLimits, withLimits } from '../counting/limits.config.ts';

const HOUR_MS = 3_600_000;

/** Fills each limit, alone and over empty counters, until one call is too many. */
export function limitProbes(catalog: Catalog, config: WithLimits): readonly Probe[] {
  return config.limits
    .filter((limit) => !('identical' in limit))
    .map((limit): Probe => {
      const about = `limits/${limit.id}`;
      const expects = { effect: 'deny', reason: reasonOf(limit) } as const;
      const never = neverFires(limit, catalog);
      if (never !== null) return { about, expects, ...never };
      const small = dryRun(limit);
      const envelopes = filling(small, toolOf(limit, catalog));
      const hint = `The limit ${limit.id} let too many calls through: see what its \`per\` and \`tool\` say.`;
      return { about, envelopes, expects, hint, config: withLimits(config, [small]) };
    });
}

/** The same limit, small enough to be filled, and so slow that nothing comes free meanwhile. */
function dryRun(limit: LimitConfig): LimitConfig {
  if ('concurrent' in limit) return { ...limit, concurrent: Math.min(limit.concurrent, MOST_CALLS) };
  if ('identical' in limit) return { ...limit, identical: slow(limit.identical) };
  if ('rate' in limit) {
    const rate = slow(limit.rate);
    return { ...limit, rate, burst: Math.min(limit.burst ?? rate.count, MOST_CALLS) };
  }
  return limit.budget.argument !== undefined
    ? limit
    : { ...limit, budget: { ...limit.budget, max: Math.min(limit.budget.max, MOST_CALLS) } };
}

function slow({ count }: { readonly count: number }) {
  const few = Math.min(count, MOST_CALLS);
  return { count: few, periodMs: few * HOUR_MS };
}

function filling(limit: LimitConfig, tool: ProbeTool) {
  const argument = 'budget' in limit ? limit.budget.argument : undefined;
  if ('budget' in limit && argument !== undefined)
    return [limit.budget.max, 1].map((cost, at) => callOf(tool, at, { arguments: argumentsWith(argument, cost) }));
  return Array.from({ length: Math.floor(sizeOf(limit)) + 1 }, (_, at) => callOf(tool, at, {}));
}

function sizeOf(limit: LimitConfig): number {
  if ('rate' in limit) return limit.burst ?? limit.rate.count;
  if ('budget' in limit) return limit.budget.max;
  return 'concurrent' in limit ? limit.concurrent : limit.identical.count;
}

function reasonOf(limit: LimitConfig): string {
  if ('budget' in limit) return 'budget_exceeded';
  return 'concurrent' in limit ? 'too_many_in_flight' : 'limit_exceeded';
}
