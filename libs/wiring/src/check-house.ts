import { createMemoryCounters } from '@sallyport/adapter-memory';
import type { Finding, GuardPorts } from '@sallyport/contracts';
import { guards } from '@sallyport/guards';
import { checkClientRequests, checkFloods, checkResolvers, selfCheck } from '@sallyport/pipeline';
import { checkSanitizers } from '@sallyport/sanitizers';
import { rehearsalTenants } from '@sallyport/tenants';
import type { Frame } from './frame.ts';
import { httpLimits } from './http-limits.ts';
import { ownerFindings } from './owners.ts';

/**
 * Sends a probe through every configured guard, limit, resolver and sanitizer. Dry: counters are empty ones, nothing is
 * recorded, and only the read-only resolvers reach an upstream.
 */
export async function checkHouse(frame: Frame): Promise<readonly Finding[]> {
  const { standing, ports, upstreams } = frame;
  if (standing === null) return [];
  const { policies, findings } = standing.active;
  const { config } = standing.loaded;
  const tenants = rehearsalTenants();
  const rehearsal = (): GuardPorts => ({
    ...ports,
    policies: { current: () => policies },
    counters: createMemoryCounters({ clock: ports.clock }),
    approvals: { forCall: () => [], askedBy: () => ({ pending: 0, total: 0, refused: 0 }) },
    switches: tenants,
    quotas: tenants,
  });
  const [guarded, resolvers] = await Promise.all([
    selfCheck({ guards, config, rehearsal }),
    checkResolvers({ ...ports, upstreams: upstreams.all, resolvers: config.resolvers }),
  ]);
  const further = [
    ...ownerFindings(config),
    ...checkFloods(config),
    ...checkSanitizers(config),
    ...checkClientRequests(config),
  ];
  frame.findings = [...guarded, ...findings, ...resolvers, ...further, httpLimits(config)];
  return frame.findings;
}
