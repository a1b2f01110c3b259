import { type Probe, type Quotas, dryRun, type TenantQuotas } from '@sallyport/contracts';
import { noSuchTool, probeCallId, probeEnvelope } from '../probe-envelope.ts';
import { type LimitConfig, type WithLimits, withLimits } from '../counting/limits.config.ts';

const whole = { per: ['tenant'], store_down: 'deny' } satisfies Pick<LimitConfig, 'per' | 'store_down'>;

/** The limits that a tenant's quotas come to. Their names have a slash, which no configured limit's may. */
function limitsOf({ calls, concurrent }: TenantQuotas): readonly LimitConfig[] {
  return [
    ...(calls === undefined ? [] : [{ ...whole, id: 'tenant-quota/calls', rate: calls, kind: 'attempt' as const }]),
    ...(concurrent === undefined ? [] : [{ ...whole, id: 'tenant-quota/concurrent', concurrent }]),
  ];
}

/**
 * Limits for each tenant: its quotas, which it can't raise, and then those of the configuration.
 *
 * @returns the limits for a tenant, put together once for each state of its quotas
 */
export function createQuotaLimits({
  quotaOf,
}: Quotas): (tenant: string, own: readonly LimitConfig[]) => readonly LimitConfig[] {
  const made = new WeakMap<TenantQuotas, readonly LimitConfig[]>();
  return function quotaLimits(tenant, own) {
    const quotas = quotaOf(tenant);
    if (quotas === null) return own;
    const known = made.get(quotas);
    if (known !== undefined) return known;
    const all = [...limitsOf(quotas), ...own];
    made.set(quotas, all);
    return all;
  };
}

/** Quotas refuse the call after the last one that they let through, whatever other limits there are. */
export function quotaProbes(config: WithLimits): readonly Probe[] {
  const probe = (quota: 'calls' | 'concurrent', reason: string): Probe => ({
    about: `limits/tenant-quota/${quota}`,
    envelopes: [0, 1].map((at) => probeEnvelope({ tool: noSuchTool, tenant: dryRun[quota], callId: probeCallId(at) })),
    expects: { effect: 'deny', reason },
    hint: 'This is a fault in Sallyport: please report it.',
    config: withLimits(config, []),
  });
  return [probe('calls', 'limit_exceeded'), probe('concurrent', 'too_many_in_flight')];
}
