import type { Catalog, Probe } from '@sallyport/contracts';
import { type LimitConfig, limitsSection, type WithLimits, withLimits } from '../counting/limits.config.ts';
import { defineGuard } from '../define-guard.ts';
import { type Charge, createCharger } from '../counting/charge.ts';
import { tryAgain } from '../counting/try-again.ts';
import { callOf, MOST_CALLS, neverFires, toolOf } from '../counting/limit-probes.ts';
import { deny, pass } from '../opinions.ts';

/** The very same call, allowed as often as a limit says and sent once more: a model that goes in circles. */
export const repeatedCall = defineGuard({
  id: 'repeated-call',
  station: 'rate-limit',
  grants: false,
  reasons: ['repeated_call', 'limits_unavailable'],
  reads: ['call_timeout'],
  config: limitsSection,
  reserves: 'charges',
  create(ports, config) {
    const own = config.limits.filter((limit) => 'identical' in limit);
    const charge = createCharger('repeated-call', () => own, ports, config);
    return async function repeatedCall({ call }) {
      const charged = await charge(call);
      switch (charged.kind) {
        case 'none':
          return pass();
        case 'charged': {
          const { statuses, degraded } = charged;
          return pass({ limits: statuses, ...(degraded === undefined ? {} : { degraded }) });
        }
        case 'refused': {
          const { limit, retryMs, statuses, degraded } = charged;
          return deny('repeated_call', advice(charged), {
            rules: [limit.id],
            limits: statuses,
            ...(retryMs === null ? {} : { retryAfterMs: retryMs }),
            ...(degraded === undefined ? {} : { degraded }),
          });
        }
        default: {
          const degraded = 'deny' as const;
          return deny('limits_unavailable', 'Calls can not be counted now. Try again later.', { degraded });
        }
      }
    };
  },
  probes: ({ catalog }, config) => repeatProbes(catalog, config),
});

/** Whether the earlier answer still holds, nobody knows: what the call reads may have changed since. */
function advice({ limit, retryMs, earlier }: Extract<Charge, { kind: 'refused' }>): string {
  const last = earlier === undefined ? '' : `, last as ${earlier}`;
  const what = `The very same call was allowed as often as \`identical\` of the limit ${limit.id} says${last}.`;
  return `${what} Change the arguments, or wait. ${tryAgain(retryMs)}`.trim();
}

function repeatProbes(catalog: Catalog, config: WithLimits): readonly Probe[] {
  return config.limits.flatMap((limit): readonly Probe[] => {
    if (!('identical' in limit)) return [];
    const about = `repeated-call/${limit.id}`;
    const expects = { effect: 'deny', reason: 'repeated_call' } as const;
    const never = neverFires(limit, catalog);
    if (never !== null) return [{ about, expects, ...never }];
    const count = Math.min(limit.identical.count, MOST_CALLS);
    const small: LimitConfig = { ...limit, identical: { ...limit.identical, count } };
    const tool = toolOf(limit, catalog);
    const envelopes = Array.from({ length: count + 1 }, (_, at) => callOf(tool, at, {}));
    const hint = `The limit ${limit.id} let the same call through too often: see what its \`per\` and \`tool\` say.`;
    return [{ about, envelopes, expects, hint, config: withLimits(config, [small]) }];
  });
}
