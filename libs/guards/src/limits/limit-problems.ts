import { unknownName } from '@sallyport/base';
import type { ConfigProblem, DeclaredNumber } from '@sallyport/contracts';
import type { LimitConfig, WithLimits } from '../counting/limits.config.ts';

const renamed = 'Give one of them another id: counters, refusals and the record tell limits apart by it.';

/** Limits that share a name, or are about an upstream that there is not. */
export function limitProblems({ limits, upstreams }: WithLimits): readonly ConfigProblem[] {
  const ids = limits.map(({ id }) => id);
  return limits.flatMap(({ id, tool }, at) => {
    const twice = ids.indexOf(id) < at;
    const [upstream = ''] = tool?.split('/') ?? [];
    const strange = tool !== undefined && !Object.hasOwn(upstreams, upstream);
    return [
      ...(twice
        ? [{ path: ['limits', at, 'id'], message: `limits: two limits are called "${id}"`, hint: renamed }]
        : []),
      ...(strange
        ? [unknownName(['limits', at, 'tool'], { what: 'upstream', name: upstream, known: Object.keys(upstreams) })]
        : []),
    ];
  });
}

/** The argument that a budget adds up, where it names one. */
export function budgetNumber(limit: LimitConfig): readonly DeclaredNumber[] {
  if (!('budget' in limit) || limit.budget.argument === undefined) return [];
  return [{ about: `limits: ${limit.id} adds up`, argument: limit.budget.argument, tool: limit.tool }];
}
