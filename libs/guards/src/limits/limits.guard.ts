import { type Charge, createCharger } from '../counting/charge.ts';
import { limitsSection } from '../counting/limits.config.ts';
import { tryAgain } from '../counting/try-again.ts';
import { defineGuard } from '../define-guard.ts';
import { deny, pass } from '../opinions.ts';
import { budgetNumber, limitProblems } from './limit-problems.ts';
import { limitProbes } from './limit-probes.ts';
import { createQuotaLimits, quotaProbes } from './quota-limits.ts';

/** How long reading the record may take, where nobody can tell: milliseconds. */
const SOON_MS = 5_000;

type Refused = Extract<Charge, { kind: 'refused' }>;

/**
 * Rates, budgets and calls in flight: what a call takes fits in all limits that are about it, or in none. What a tenant was
 * given when it was onboarded is two limits more.
 */
export const limits = defineGuard({
  id: 'limits',
  station: 'rate-limit',
  grants: false,
  reasons: ['limit_exceeded', 'budget_exceeded', 'too_many_in_flight', 'limits_unavailable'],
  reads: ['call_timeout'],
  config: limitsSection,
  problems: limitProblems,
  numbers: ({ limits: list }) => list.flatMap(budgetNumber),
  reserves: 'leases',
  create(ports, config) {
    const own = config.limits.filter((limit) => !('identical' in limit));
    const quotas = createQuotaLimits(ports.quotas);
    const charge = createCharger('limits', ({ tenant }) => quotas(tenant, own), ports, config);
    return async function limits({ call }) {
      const charged = await charge(call);
      switch (charged.kind) {
        case 'none':
          return pass();
        case 'charged':
          return pass(recorded(charged));
        case 'priceless':
          return deny('budget_exceeded', priceless(charged), { rules: [charged.limit.id] });
        case 'unavailable':
          return unavailable(charged);
        case 'refused':
          return refusal(charged);
      }
    };
  },
  probes: ({ catalog }, config) => [...quotaProbes(config), ...limitProbes(catalog, config)],
});

function refusal(refused: Refused) {
  const more = { rules: [refused.limit.id], ...recorded(refused), ...retry(refused.retryMs) };
  if ('budget' in refused.limit) return deny('budget_exceeded', spent(refused), more);
  if ('concurrent' in refused.limit)
    return deny('too_many_in_flight', `Too many calls run at once. ${ended(refused)}`.trim(), more);
  return deny('limit_exceeded', `Too many calls. ${tryAgain(refused.retryMs)}`.trim(), more);
}

function unavailable({ limits: strict, unknown }: Extract<Charge, { kind: 'unavailable' }>) {
  const rules = strict.map(({ id }) => id);
  const more = { rules, degraded: 'deny' } as const;
  if (unknown === undefined) return deny('limits_unavailable', 'Calls can not be counted now. Try again later.', more);
  const retryMs = unknown.retryMs ?? SOON_MS;
  const what = 'What was spent of a budget is being read from the record.';
  return deny('limits_unavailable', `${what} ${tryAgain(retryMs)}`, { ...more, ...retry(retryMs) });
}

function recorded({
  statuses,
  spent,
  degraded,
}: Pick<Refused, 'statuses'> & Pick<Extract<Charge, { kind: 'charged' }>, 'spent' | 'degraded'>) {
  return {
    ...(statuses.length > 0 ? { limits: statuses } : {}),
    ...(spent === undefined ? {} : { spent }),
    ...(degraded === undefined ? {} : { degraded }),
  };
}

function retry(retryMs: number | null): { retryAfterMs?: number } {
  return retryMs === null ? {} : { retryAfterMs: retryMs };
}

/** This process's own count does not see calls end. */
function ended({ retryMs, degraded }: Refused): string {
  return retryMs === null || degraded === 'local' ? tryAgain(retryMs) : 'Try again when one of them ends.';
}

function spent({ retryMs }: Refused): string {
  if (retryMs === null) return 'This is more than may be spent at all. Ask for less.';
  return `This would spend more than is left of a budget. Ask for less. ${tryAgain(retryMs)}`;
}

function priceless({ limit }: Extract<Charge, { kind: 'priceless' }>): string {
  const argument = 'budget' in limit ? (limit.budget.argument ?? '') : '';
  return `Give a number that is not negative at ${argument}.`;
}
